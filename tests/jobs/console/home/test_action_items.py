"""Action items on the home page from results that need attention."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext_lazy

from hotels.action_items import ActionItem
from hotels.action_items import items as hotel_items
from hotels.models import Hotel
from jobs import result_fields as fields
from jobs.alerts.item_marks import covers, keys_to_keep
from jobs.base import JobContext, JobResult
from jobs.console.home import action_items, views
from jobs.models import JobExecution, Status
from jobs.result_fields import result_dataclass
from tests.factories import HotelFactory, MembershipFactory, PaymentFactory, RoomFactory, stay
from tests.hotels.billing.issued import completed, invoice_of
from tests.jobs.console.books import ended
from tests.jobs.engine import only_job
from tests.jobs.services.housekeeping import task_in

pytestmark = pytest.mark.django_db


@result_dataclass
class LostItem:
    """A row of the table."""

    name: str = fields.text("Item")


@result_dataclass
class LostItems(JobResult):
    """A result with one table that needs attention and one that does not."""

    lost: tuple[LostItem, ...] = fields.table(
        "Lost items",
        row=LostItem,
        attention=ngettext_lazy("%(count)d item was lost", "%(count)d items were lost", "count"),
    )
    found: tuple[LostItem, ...] = fields.table("Found items", row=LostItem)

    def summary(self) -> str:
        return "Done"


def find_lost_items(context: JobContext) -> LostItems:
    raise AssertionError


def needs(client: Client) -> list[str]:
    return [str(item.text) for item in client.get(reverse("admin:index")).context["action_items"]]


def about_invoices(client: Client) -> list[str]:
    """The items that the tables of the invoice generation add."""
    return [text for text in needs(client) if "invoiced" in text or "balance" in text]


def done(hotel: Hotel, job_name: str, result: Any, **columns: Any) -> JobExecution:
    return ended(
        hotel, timezone.now() - timedelta(hours=1), job_name=job_name, result=result, **columns
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([{"name": "Umbrella"}], ["1 item was lost"]),
        ([{"name": "Umbrella"}, {"name": "Hat"}], ["2 items were lost"]),
        ("many", []),
        (None, []),
    ],
)
def test_a_table_declared_with_attention_is_listed_while_it_has_rows(
    manager: Client, hotel: Hotel, rows: Any, expected: list[str]
) -> None:
    with only_job(find_lost_items):
        done(hotel, "greet-guests", {"lost": rows, "found": [{"name": "Glove"}]})

        assert needs(manager) == expected


def test_the_result_of_a_failed_execution_is_not_listed(manager: Client, hotel: Hotel) -> None:
    with only_job(find_lost_items):
        done(hotel, "greet-guests", {"lost": [{"name": "Hat"}]}, status=Status.FAILED)

        assert needs(manager) == ["Greetings failed"]


def test_a_completed_folio_without_an_invoice_is_listed(manager: Client, hotel: Hotel) -> None:
    done(hotel, "generate-invoices", {"skipped": [{"folio": "B-1#1", "reason": "No charges"}]})

    assert needs(manager)[0] == "1 folio was not invoiced"


@pytest.mark.parametrize(
    ("status", "first"),
    [
        (Status.COMPLETED, "Invoice generation: 3 problems"),
        (Status.FAILED, "Invoice generation failed"),
    ],
)
def test_folios_that_failed_are_counted_as_without_an_invoice(
    manager: Client, hotel: Hotel, status: Status, first: str
) -> None:
    skipped = [{"folio": "B-1#1", "reason": "No charges"}]
    problems = [{"object": f"folio B-{n}#1", "reason": "refused"} for n in (2, 3, 4)]
    result = {"skipped": skipped, "problems": problems}
    done(hotel, "generate-invoices", result, status=status, problems=3)

    assert needs(manager)[:2] == [first, "4 folios were not invoiced"]


@pytest.mark.parametrize(("problems", "expected"), [(0, []), (3, ["3 folios were not invoiced"])])
def test_a_folio_that_failed_is_not_a_corrected_balance(
    manager: Client, hotel: Hotel, problems: int, expected: list[str]
) -> None:
    result = {"skipped": [], "balancesCorrected": []}
    done(hotel, "generate-invoices", result, problems=problems)

    assert about_invoices(manager) == expected


def test_a_corrected_balance_is_counted_without_the_problems(manager: Client, hotel: Hotel) -> None:
    result = {"skipped": [], "balancesCorrected": [{"invoice": "2026-1"}]}
    done(hotel, "generate-invoices", result, problems=2)

    assert about_invoices(manager) == [
        "2 folios were not invoiced",
        "1 balance did not match the payments and was corrected",
    ]


def test_balances_of_a_failed_execution_were_not_corrected(manager: Client, hotel: Hotel) -> None:
    """Its changes were rolled back."""
    result = {"skipped": [], "balancesCorrected": [{"invoice": "2026-1"}]}
    done(hotel, "generate-invoices", result, problems=1, status=Status.FAILED)

    assert about_invoices(manager) == ["1 folio was not invoiced"]


def test_a_table_counts_no_problems_unless_it_says_so(manager: Client, hotel: Hotel) -> None:
    with only_job(find_lost_items):
        done(hotel, "greet-guests", {"lost": [{"name": "Hat"}]}, problems=2)

        assert needs(manager) == ["Greetings: 2 problems", "1 item was lost"]


def test_only_the_items_shown_are_worded(
    manager: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    worded = Mock(wraps=action_items.ngettext)
    monkeypatch.setattr(action_items, "ngettext", worded)
    monkeypatch.setattr(views, "ITEMS_SHOWN", 2)
    with only_job(find_lost_items):
        for each in HotelFactory.create_batch(5):
            MembershipFactory(user=owner, hotel=each)
            done(each, "greet-guests", {"lost": []}, problems=1)

        page = manager.get(reverse("admin:index"))

    assert (worded.call_count, sum(group.more for group in page.context["groups"])) == (2, 3)


def test_only_the_items_shown_have_their_links_built(
    manager: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those about a hotel's data, which are made in `hotels`."""
    linked = Mock(wraps=hotel_items.urlencode)
    monkeypatch.setattr(hotel_items, "urlencode", linked)
    monkeypatch.setattr(views, "ITEMS_SHOWN", 2)
    with only_job(find_lost_items):
        for each in HotelFactory.create_batch(5):
            MembershipFactory(user=owner, hotel=each)
            task_in(RoomFactory(hotel=each), date=each.local_date(timezone.now()))

        page = manager.get(reverse("admin:index"))

    assert (linked.call_count, sum(group.more for group in page.context["groups"])) == (2, 3)


@pytest.mark.parametrize(("role", "listed"), [("FRONT_DESK", True), ("VIEWER", False)])
def test_overpaid_invoices_are_listed_for_those_who_may_refund(
    hotel: Hotel, role: str, listed: bool
) -> None:
    for paid in ("150", "100", "40"):
        folio = completed(hotel, 100)
        PaymentFactory(folio=folio, amount=Decimal(paid))
        invoice_of(folio)
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel, role=role).user)

    items = client.get(reverse("admin:index")).context["action_items"]

    found = [(item.text, item.url) for item in items if item.kind == hotel_items.OVERPAID]
    url = f"{reverse('hotels:invoices')}?hotel={hotel.code}&show=overpaid"
    assert found == [("1 invoice is overpaid: decide on a refund", url)] * listed


@pytest.mark.parametrize(("role", "listed"), [("FRONT_DESK", True), ("VIEWER", False)])
def test_the_deposit_of_a_released_room_is_listed_as_money_to_refund(
    hotel: Hotel, role: str, listed: bool
) -> None:
    room = stay(hotel, arrival=date(2026, 7, 14), status="RELEASED")
    PaymentFactory(folio=room.folio, amount=40, is_deposit=True)
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel, role=role).user)

    items = client.get(reverse("admin:index")).context["action_items"]

    found = [(item.text, item.url) for item in items if item.kind == hotel_items.OVERPAID]
    url = f"{reverse('hotels:deposits-to-refund')}?hotel={hotel.code}"
    assert found == [("1 deposit is left without a stay: decide on a refund", url)] * listed


def test_a_table_with_another_row_is_another_item_whatever_its_key(
    manager: Client, hotel: Hotel
) -> None:
    def folios(*keys: int) -> list[dict[str, Any]]:
        return [
            {"folio": str(key), "reason": "No payer", "reference": {"type": "folio", "id": key}}
            for key in keys
        ]

    def table(rows: Any, **columns: Any) -> ActionItem:
        done(hotel, "generate-invoices", {"skipped": rows}, **columns)
        items = manager.get(reverse("admin:index")).context["action_items"]
        (item,) = (each for each in items if each.kind is action_items.RESULTS)
        return item

    seen = keys_to_keep(table(folios(5, 9)))

    assert covers(table(folios(9)), keys=seen)
    assert not covers(table(folios(3, 9)), keys=seen)
    assert not covers(table(folios(9, 9)), keys=seen)
    assert not covers(table([folios(9)[0] | {"reason": "No rate"}]), keys=seen)
    assert not covers(table(folios(9), problems=1), keys=seen)
