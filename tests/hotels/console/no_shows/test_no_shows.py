"""The list of no-shows: contents, order, filters and access."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels.action_items import action_items
from hotels.billing.payment_actions import record_refund
from hotels.models import Hotel, NoShowRecord
from hotels.roles import Access
from tests.factories import HotelFactory, MembershipFactory, PaymentFactory, stay
from tests.hotels.admin.books import record_of
from tests.hotels.console.no_shows.books import (
    DAY,
    LIST,
    NOW,
    Outcome,
    charged,
    page_of,
    released,
    to_review,
)
from tests.jobs.services.no_shows import check

EVERYWHERE = Access(everywhere=True, roles={})
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_morning_after() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def listed(client: Client, which: str = "decided", **query: Any) -> list[NoShowRecord]:
    return [row.record for row in client.get(LIST, query).context[which].rows]


def html(client: Client, **query: Any) -> str:
    return client.get(LIST, query).content.decode()


def test_empty_lists_show_a_message_each(manager: Client) -> None:
    page = html(manager)

    assert "No no-shows are waiting for a decision." in page
    assert "No no-shows in the last 30 days." in page


def test_the_list_says_when_to_keep_a_room(hotel: Hotel, manager: Client) -> None:
    to_review(hotel)

    assert "Keep the room if the guest is still expected." in html(manager)


def test_a_record_shows_guest_room_reason_and_fee(hotel: Hotel, manager: Client) -> None:
    record = charged(hotel)
    room = record.booking_room

    page = html(manager)

    assert f"/admin/hotels/booking/{room.booking_id}/change/" in page
    number, fee = room.room.number, "100.00\u00a0EUR"
    for words in (room.booking.guest.name, f"room {number}", record.reason, fee):
        assert words in page
    assert "no-show, fee charged" in page


def test_the_rule_is_shown_as_a_sentence(hotel: Hotel, manager: Client) -> None:
    record = released(hotel)
    NoShowRecord.objects.filter(pk=record.pk).update(rule="release-not-guaranteed")

    page = html(manager)

    assert "No-show, not guaranteed: released without a fee" in page
    assert "release-not-guaranteed" not in page


def test_the_deadline_is_in_the_hotels_time_zone(hotel: Hotel, manager: Client) -> None:
    released(hotel)

    assert ">15 Jul 2026, 07:00</time>" in html(manager)


def test_amounts_are_in_the_users_locale(hotel: Hotel, manager: Client) -> None:
    charged(hotel)
    manager.cookies["django_language"] = "de"

    assert "100,00\u00a0EUR" in html(manager)


def test_a_deposit_surplus_links_to_its_folio(hotel: Hotel, manager: Client) -> None:
    record = charged(hotel)
    NoShowRecord.objects.filter(pk=record.pk).update(deposit_surplus=40)
    PaymentFactory(folio=record.booking_room.folio, amount=140)

    page = html(manager)

    assert "Deposit exceeds the fee by 40.00\u00a0EUR: decide on a refund" in page
    assert f"/admin/hotels/folio/{record.booking_room.folio_id}/change/" in page


def test_a_deposit_exceeds_the_charges_where_the_fee_was_waived(
    hotel: Hotel, manager: Client
) -> None:
    record = charged(hotel)
    NoShowRecord.objects.update(deposit_surplus=100, outcome=Outcome.WAIVED)
    PaymentFactory(folio=record.booking_room.folio, amount=200)

    assert "Deposit exceeds the charges by 100.00\u00a0EUR: decide on a refund" in html(manager)


def test_the_fee_of_an_undecided_record_is_not_none(hotel: Hotel, manager: Client) -> None:
    to_review(hotel)

    assert '<span class="faint">not decided</span>' in html(manager)


@pytest.mark.parametrize(
    ("refunded", "shown"), [(15, "Deposit exceeds the fee by 25.00\u00a0EUR"), (40, None)]
)
def test_a_deposit_surplus_is_not_refunded_twice(
    hotel: Hotel, manager: Client, refunded: int, shown: str | None
) -> None:
    record = charged(hotel)
    NoShowRecord.objects.filter(pk=record.pk).update(deposit_surplus=40)
    deposit = PaymentFactory(folio=record.booking_room.folio, amount=140)
    record_refund(payment=deposit, amount=Decimal(refunded), by="ana", now=NOW, reason="Surplus")

    page = html(manager)

    assert (shown in page) if shown else ("Deposit exceeds" not in page)


def test_a_reinstated_guest_has_no_deposit_surplus(hotel: Hotel, manager: Client) -> None:
    charged(hotel)
    NoShowRecord.objects.update(deposit_surplus=40, outcome=Outcome.REVERSED)

    assert "Deposit exceeds" not in html(manager)


def test_a_decision_shows_user_time_and_note(hotel: Hotel, owner: User, manager: Client) -> None:
    record = released(hotel)
    NoShowRecord.objects.filter(pk=record.pk).update(
        outcome=Outcome.REVERSED, decided_by=owner, decided_at=NOW, decision_note="Late flight"
    )

    page = html(manager)

    assert "owner, " in page
    assert ">15 Jul 2026, 08:00</time>" in page
    assert "<q>Late flight</q>" in page


def test_undecided_records_are_listed_separately(hotel: Hotel, manager: Client) -> None:
    done, waits = released(hotel), to_review(hotel)

    assert listed(manager, "to_decide") == [waits]
    assert listed(manager) == [done]


def test_undecided_records_are_listed_at_any_age(hotel: Hotel, manager: Client) -> None:
    record = to_review(hotel)
    NoShowRecord.objects.update(created_at=NOW - timedelta(days=400))

    assert listed(manager, "to_decide") == [record]


def test_older_records_are_left_out(hotel: Hotel, manager: Client) -> None:
    record = released(hotel)
    NoShowRecord.objects.update(created_at=NOW - timedelta(days=40))

    assert listed(manager) == []
    assert listed(manager, days=90) == [record]


def test_the_outcome_filter_selects_records(hotel: Hotel, manager: Client) -> None:
    released(hotel)
    fee = charged(hotel)

    assert listed(manager, outcome="APPLIED") == [fee]


def test_the_review_filter_shows_only_undecided_records(hotel: Hotel, manager: Client) -> None:
    released(hotel)
    waits = to_review(hotel)

    answer = manager.get(LIST, {"outcome": "REVIEW"})

    assert [row.record for row in answer.context["to_decide"].rows] == [waits]
    assert "decided" not in answer.context


def test_invalid_parameters_are_ignored(hotel: Hotel, manager: Client) -> None:
    record = released(hotel)

    assert listed(manager, outcome="LOST", days="many") == [record]


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "12345678"])
def test_an_invalid_key_is_not_found(key: str, manager: Client) -> None:
    assert manager.get(LIST, {"before": key}).status_code == 404


@pytest.mark.parametrize("outcome", ["", "REVIEW"])
def test_pages_follow_each_other_newest_first(outcome: str, hotel: Hotel, manager: Client) -> None:
    kind = Outcome.REVIEW if outcome else Outcome.RELEASED
    made = [record_of(stay(hotel, arrival=DAY), outcome=kind) for _ in range(51)]
    which = "to_decide" if outcome else "decided"

    first = manager.get(LIST, {"outcome": outcome}).context[which]
    second = manager.get(LIST, {"outcome": outcome, "before": first.older}).context[which]

    both = [row.record for row in (*first.rows, *second.rows)]
    assert both == made[::-1]
    assert (len(first.rows), second.older) == (50, None)


def test_one_hotel_or_all_hotels_are_shown(hotel: Hotel, owner: User, manager: Client) -> None:
    second = MembershipFactory(user=owner, hotel=HotelFactory()).hotel
    here, there = released(hotel), released(second)

    assert set(listed(manager)) == {here, there}
    assert listed(manager, hotel=second.code) == [there]


def test_other_hotels_are_not_found(hotel: Hotel, outsider: Client) -> None:
    released(hotel)
    to_review(hotel)

    assert listed(outsider) == []
    assert listed(outsider, "to_decide") == []
    assert outsider.get(LIST, {"hotel": hotel.code}).status_code == 404


def test_a_key_of_another_hotels_record_is_not_found(hotel: Hotel, outsider: Client) -> None:
    record = released(hotel)

    assert outsider.get(LIST, {"before": record.pk}).status_code == 404


def test_an_anonymous_user_is_sent_to_the_login(client: Client, db: None) -> None:
    assert client.get(LIST)["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("manager", {"keep", "charge", "release", "reinstate", "waive"}),
        ("desk", {"keep", "charge", "release", "reinstate"}),
        ("viewer", set()),
    ],
)
def test_buttons_depend_on_the_role(
    who: str, offered: set[str], hotel: Hotel, request: pytest.FixtureRequest
) -> None:
    records = [charged(hotel), to_review(hotel)]

    page = html(request.getfixturevalue(who))

    names = ("keep", "charge", "release", "reinstate", "waive")
    found = {name for name in names for record in records if page_of(record, name) in page}
    assert found == offered


def test_buttons_depend_on_the_record(hotel: Hotel, manager: Client) -> None:
    fee, free, waits = charged(hotel), released(hotel), to_review(hotel)

    context = manager.get(LIST).context

    rows = (*context["decided"].rows, *context["to_decide"].rows)
    offered = {row.record: {decision.name for decision in row.decisions} for row in rows}
    assert offered == {
        fee: {"reinstate", "waive"},
        free: {"reinstate"},
        waits: {"keep", "charge", "release"},
    }


def test_the_number_of_queries_does_not_grow_with_the_records(
    hotel: Hotel, manager: Client, queries_of: Callable[..., int]
) -> None:
    def several(count: int) -> int:
        for _ in range(count):
            charged(hotel)
            to_review(hotel)
        return queries_of(lambda: manager.get(LIST))

    few, many = several(2), several(15)

    assert few == many <= 8


def test_a_room_whose_departure_passed_waits_for_a_decision_on_the_list_and_on_home(
    hotel: Hotel, manager: Client
) -> None:
    stay(hotel, arrival=DAY, nights_count=1, staff_hold=True)
    later = NOW + timedelta(days=2)

    check(hotel, later)

    (record,) = listed(manager, "to_decide")
    assert record.rule == "review-departure-passed"
    assert "The departure date passed without a check-in: decision needed" in html(manager)
    (item,) = action_items(hotels=[hotel], access=EVERYWHERE, now=later)
    assert item.text == "1 possible no-show needs your decision"


def test_a_room_is_not_offered_to_be_kept_after_its_departure_date(
    hotel: Hotel, manager: Client
) -> None:
    stay(hotel, arrival=DAY, nights_count=1, staff_hold=True)
    later = NOW + timedelta(days=2)
    check(hotel, later)

    with time_machine.travel(later, tick=False):
        (row,) = manager.get(LIST).context["to_decide"].rows

    assert {decision.name for decision in row.decisions} == {"charge", "release"}


def test_undecided_records_are_linked_from_home(hotel: Hotel) -> None:
    to_review(hotel)

    (item,) = action_items(hotels=[hotel], access=EVERYWHERE, now=NOW)

    assert item.url == f"{LIST}?hotel={hotel.code}&outcome=REVIEW"
