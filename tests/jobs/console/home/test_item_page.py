"""Acknowledging and snoozing items of Home."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels.models import Hotel
from jobs.alerts.evaluation import evaluate
from jobs.base import Job
from jobs.models import Alert, ItemMark, JobExecution, Status
from tests.factories import MembershipFactory, RoomFactory
from tests.hotels.console.reading import text_of
from tests.jobs.alerts.rules import rule_of
from tests.jobs.console.books import ended
from tests.jobs.engine import waiting
from tests.jobs.services.housekeeping import task_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("greetings")]
HOME = reverse("admin:index")


@pytest.fixture
def address(hotel: Hotel) -> str:
    """The page of the item about an unassigned task of today."""
    task_in(RoomFactory(hotel=hotel), date=hotel.local_date(timezone.now()))
    return reverse("jobs:home-item", args=[hotel.pk, "unassigned"])


def shown(client: Client) -> list[str]:
    return [item.text for item in client.get(HOME).context["action_items"]]


def mark(client: Client, address: str, do: str = "acknowledge", **data: Any) -> Any:
    """Open the page and send its form."""
    seen = {"key": client.get(address).context["keys"]}
    return client.post(address, {"do": do, "note": "", "hours": "4"} | seen | data)


def test_an_acknowledged_item_is_folded_with_its_note_and_comes_back_when_it_grows(
    manager: Client, hotel: Hotel, address: str
) -> None:
    assert address in manager.get(HOME).content.decode()

    answer = mark(manager, address, note="Ana comes at ten.")

    assert answer["Location"] == HOME
    home = manager.get(HOME)
    assert home.context["action_items"] == []
    assert "Nothing needs attention." in text_of(home)
    assert "1 acknowledged or snoozed" in text_of(home)
    assert "acknowledged by owner" in text_of(home)
    assert "Ana comes at ten." in text_of(home)

    task_in(RoomFactory(hotel=hotel), date=hotel.local_date(timezone.now()))
    assert shown(manager) == ["2 of today's tasks are unassigned"]


def test_a_snoozed_item_says_until_when_and_can_be_shown_again(
    manager: Client, address: str
) -> None:
    mark(manager, address, "snooze")
    assert "snoozed by owner until" in text_of(manager.get(HOME))
    assert ItemMark.objects.get().snoozed_until is not None

    mark(manager, address, "show")

    assert shown(manager) == ["1 of today's tasks is unassigned"]


def test_an_item_that_grew_since_the_page_was_read_is_shown_instead(
    manager: Client, hotel: Hotel, address: str
) -> None:
    seen = manager.get(address).context["keys"]
    task_in(RoomFactory(hotel=hotel), date=hotel.local_date(timezone.now()))

    answer = manager.post(address, {"do": "acknowledge", "key": seen})

    assert answer["Location"] == address
    assert "The item has changed meanwhile." in manager.get(address).content.decode()
    assert not ItemMark.objects.exists()


@pytest.mark.parametrize(
    "data", [{"key": "x\x00"}, {"key": []}, {"do": "snooze", "hours": "9999"}, {"note": "\x00"}]
)
def test_a_form_that_makes_no_sense_marks_nothing(
    manager: Client, address: str, data: dict[str, str]
) -> None:
    mark(manager, address, **data)

    assert not ItemMark.objects.exists()


def test_viewers_and_users_of_other_hotels_may_not_mark(
    viewer: Client, outsider: Client, address: str
) -> None:
    assert address not in viewer.get(HOME).content.decode()
    assert viewer.get(address).status_code == 403
    assert viewer.post(address, {"do": "acknowledge", "key": "9"}).status_code == 403
    assert outsider.get(address).status_code == 404
    assert outsider.post(address).status_code == 404
    assert not ItemMark.objects.exists()


def test_an_attendant_marks_only_what_the_role_shows(hotel: Hotel, address: str) -> None:
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel, role="HOUSEKEEPING").user)
    ended(hotel, timezone.now(), job_name="greet-guests", status=Status.FAILED)
    failed = reverse("jobs:home-item", args=[hotel.pk, "failed"]) + "?subject=greet-guests"

    assert client.get(failed)["Location"] == HOME
    mark(client, address)

    assert shown(client) == []


def test_an_item_that_is_gone_leads_back_to_home(manager: Client, hotel: Hotel) -> None:
    address = reverse("jobs:home-item", args=[hotel.pk, "unassigned"])

    assert manager.get(address)["Location"] == HOME
    assert manager.post(address, {"do": "acknowledge"})["Location"] == HOME
    assert manager.get(reverse("jobs:home-item", args=[hotel.pk, "nothing"])).status_code == 404


def test_a_failure_comes_back_with_the_next_run_and_acknowledging_it_covers_its_alert(
    manager: Client, hotel: Hotel, owner: User, greetings: Job
) -> None:
    rule_of(owner)
    now = timezone.now()
    ended(hotel, now - timedelta(hours=2), job_name=greetings.name, status=Status.FAILED)
    evaluate(now=now)
    address = reverse("jobs:home-item", args=[hotel.pk, "failed"]) + f"?subject={greetings.name}"
    assert str(Alert.objects.get().public_id) in manager.get(address).content.decode()

    mark(manager, address, note="The supplier is called.")

    alert = Alert.objects.get()
    assert (alert.acknowledged_by_name, alert.note) == ("owner", "The supplier is called.")
    assert shown(manager) == []
    ended(hotel, now - timedelta(hours=1), job_name=greetings.name, status=Status.FAILED)
    assert shown(manager) == ["Greetings failed"]


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("failed", {"status": Status.FAILED}),
        ("problems", {"status": Status.COMPLETED, "problems": 2}),
    ],
)
def test_the_late_run_of_an_earlier_slot_is_shown_after_an_acknowledged_manual_run(
    manager: Client, hotel: Hotel, greetings: Job, kind: str, columns: dict[str, Any]
) -> None:
    now = timezone.now()
    by_hand = {"scheduled_for": None, "job_name": greetings.name}
    ended(hotel, now - timedelta(minutes=5), **by_hand, **columns)
    mark(manager, reverse("jobs:home-item", args=[hotel.pk, kind]) + f"?subject={greetings.name}")
    assert shown(manager) == []

    ended(hotel, now - timedelta(minutes=10), job_name=greetings.name, **columns)

    assert len(shown(manager)) == 1


def test_an_acknowledged_failure_stays_folded_while_it_is_retried_and_comes_back_for_good(
    manager: Client, hotel: Hotel, greetings: Job
) -> None:
    slot = timezone.now() - timedelta(minutes=10)
    columns = {"job_name": greetings.name, "status": Status.FAILED}
    first = ended(hotel, slot, **columns)
    further = {"job_name": greetings.name, "scheduled_for": slot, "first_attempt": first}
    second = waiting(hotel, **further, attempt=2)
    page = reverse("jobs:home-item", args=[hotel.pk, "retried"])
    mark(manager, f"{page}?subject={greetings.name}")
    assert shown(manager) == []

    JobExecution.objects.filter(pk=second.pk).delete()
    ended(hotel, slot, **columns, first_attempt=first, attempt=2)
    third = waiting(hotel, **further, attempt=3)
    assert shown(manager) == []

    third.delete()
    ended(hotel, slot, **columns, first_attempt=first, attempt=3)
    assert len(shown(manager)) == 1


def test_marks_take_one_query_however_many_there_are(
    manager: Client, hotel: Hotel, address: str, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    def queries() -> int:
        manager.get(HOME)
        cache.clear()
        return queries_of(lambda: manager.get(HOME))

    none = queries()
    ItemMark.objects.bulk_create(
        ItemMark(
            hotel=hotel, kind=kind, subject=str(n), marked_at=timezone.now(), marked_by_name="x"
        )
        for kind in ("unassigned", "failed")
        for n in range(5)
    )
    mark(manager, address)

    assert queries() <= none
