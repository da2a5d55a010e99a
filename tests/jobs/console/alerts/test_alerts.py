"""The pages of alerts: who sees them, acknowledge and snooze."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hotels.models import AuditEntry, Hotel, Message
from jobs.alerts.evaluation import evaluate
from jobs.base import Job
from jobs.models import Alert, Status
from tests.factories import MembershipFactory
from tests.hotels.console.reading import text_of
from tests.jobs.alerts.rules import rule_of
from tests.jobs.console.books import ended

pytestmark = pytest.mark.django_db
PAGE = "/admin/alerts/"


@pytest.fixture
def alert(greetings: Job, owner: User, hotel: Hotel) -> Alert:
    """An open alert of the owner's rule."""
    rule_of(owner)
    now = timezone.now()
    ended(hotel, now - timedelta(hours=1), job_name=greetings.name, status=Status.FAILED)
    evaluate(now=now)
    return Alert.objects.get()


def test_an_alert_links_its_rule_its_item_and_the_receipts_of_its_hotels(
    manager: Client, alert: Alert
) -> None:
    listed = manager.get(PAGE).content.decode()
    shown = manager.get(f"{PAGE}{alert.public_id}/").content.decode()

    assert f"{PAGE}{alert.public_id}/" in listed
    receipt = f"/admin/jobs/jobexecution/{alert.parts.get().execution_id}/change/"
    assert receipt in shown
    assert f"{PAGE}{alert.public_id}/" in manager.get(receipt).content.decode()
    assert f"/admin/items/{alert.parts.get().hotel_id}/failed/?subject=greet-guests" in shown
    assert f"{PAGE}rules/{alert.rule.public_id}/" in shown


def test_an_alert_is_acknowledged_with_a_note_and_snoozed(manager: Client, alert: Alert) -> None:
    manager.post(f"{PAGE}{alert.public_id}/acknowledge/", {"note": "On it."})
    manager.post(f"{PAGE}{alert.public_id}/snooze/", {"hours": "4"})

    alert.refresh_from_db()
    assert (alert.acknowledged_by_name, alert.note) == ("owner", "On it.")
    assert alert.snoozed_until is not None
    acts = AuditEntry.objects.filter(model="jobs.alert").order_by("pk")
    assert list(acts.values_list("verb", flat=True)) == ["acknowledge", "snooze"]


def test_what_is_acknowledged_or_snoozed_as_an_alert_is_folded_on_home(
    manager: Client, alert: Alert, hotel: Hotel
) -> None:
    assert manager.get("/admin/").context["action_items"]

    manager.post(f"{PAGE}{alert.public_id}/acknowledge/", {"note": "On it."})

    home = manager.get("/admin/")
    assert home.context["action_items"] == []
    assert "On it." in text_of(home)
    manager.post(f"{PAGE}{alert.public_id}/snooze/", {"hours": "4"})
    assert "snoozed by owner until" in text_of(manager.get("/admin/"))

    again = timezone.now()
    ended(hotel, again, job_name="greet-guests", status=Status.FAILED)
    evaluate(now=again)
    assert len(manager.get("/admin/").context["action_items"]) == 1
    assert f"{PAGE}{alert.public_id}/" in manager.get("/admin/").content.decode()


def test_an_alert_about_several_hotels_leaves_their_items_on_home(
    manager: Client, alert: Alert, owner: User
) -> None:
    other = MembershipFactory(user=owner).hotel
    ended(other, timezone.now(), job_name="greet-guests", status=Status.FAILED)
    evaluate(now=timezone.now())
    assert alert.parts.count() == 2

    manager.post(f"{PAGE}{alert.public_id}/acknowledge/", {"note": ""})

    assert len(manager.get("/admin/").context["action_items"]) == 2


def test_times_of_hotels_in_several_zones_are_marked_as_utc(
    manager: Client, alert: Alert, owner: User
) -> None:
    page, since = f"{PAGE}{alert.public_id}/", f"{alert.opened_at:%H:%M} UTC"
    assert since not in text_of(manager.get(page))

    far = MembershipFactory(user=owner, hotel__timezone="Asia/Tokyo").hotel
    alert.parts.create(hotel=far, since=alert.opened_at)
    assert since in text_of(manager.get(page))
    assert since in text_of(manager.get(PAGE))


def test_home_links_what_failed_to_its_alert(manager: Client, viewer: Client, alert: Alert) -> None:
    address = f"{PAGE}{alert.public_id}/"
    assert address in manager.get("/admin/").content.decode()
    assert address not in viewer.get("/admin/").content.decode()

    manager.post(f"{address}acknowledge/", {"note": ""})
    assert "acknowledged by owner" in manager.get("/admin/").content.decode()


def test_a_snooze_of_any_other_length_is_refused(manager: Client, alert: Alert) -> None:
    manager.post(f"{PAGE}{alert.public_id}/snooze/", {"hours": "9999"})

    alert.refresh_from_db()
    assert alert.snoozed_until is None


def test_a_colleague_who_manages_all_its_hotels_sees_it(alert: Alert, hotel: Hotel) -> None:
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel).user)

    assert client.get(f"{PAGE}{alert.public_id}/").status_code == 200


def test_managers_of_other_hotels_do_not_see_it(outsider: Client, alert: Alert) -> None:
    address = f"{PAGE}{alert.public_id}/"

    assert str(alert.public_id) not in outsider.get(PAGE).content.decode()
    assert outsider.get(address).status_code == 404
    assert outsider.post(f"{address}acknowledge/").status_code == 404


def test_viewers_have_no_alerts(viewer: Client) -> None:
    assert viewer.get(PAGE).status_code == 403


def test_what_is_over_can_no_longer_be_acknowledged(manager: Client, alert: Alert) -> None:
    Alert.objects.update(closed_at=timezone.now())

    manager.post(f"{PAGE}{alert.public_id}/acknowledge/")

    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    assert Message.objects.count() == 1
    assert str(alert.public_id) in manager.get(f"{PAGE}?state=past").content.decode()
