"""The list of no-shows: what is on it, in which order, for whom."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels.console.action_items import action_items
from hotels.models import Hotel, NoShowRecord
from tests.factories import HotelFactory, MembershipFactory, stay
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

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_morning_after() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def listed(client: Client, which: str = "decided", **query: Any) -> list[NoShowRecord]:
    return [row.record for row in client.get(LIST, query).context[which].rows]


def html(client: Client, **query: Any) -> str:
    return client.get(LIST, query).content.decode()


def test_without_records_it_says_so_twice(manager: Client) -> None:
    page = html(manager)

    assert "Nothing waits for you." in page
    assert "No such record in the last 30 days." in page


def test_a_record_is_told_in_words(hotel: Hotel, manager: Client) -> None:
    record = charged(hotel)
    room = record.booking_room

    page = html(manager)

    assert f"/admin/hotels/booking/{room.booking_id}/change/" in page
    number, fee = room.room.number, "100.00\u00a0EUR"
    for words in (room.booking.guest.name, f"room {number}", record.reason, fee):
        assert words in page
    assert "no-show, fee charged" in page


def test_the_rule_is_in_plain_words(hotel: Hotel, manager: Client) -> None:
    record = released(hotel)
    NoShowRecord.objects.filter(pk=record.pk).update(rule="release-not-guaranteed")

    page = html(manager)

    assert "Not guaranteed, nobody came: released without a fee" in page
    assert "release-not-guaranteed" not in page


def test_the_deadline_is_on_the_hotels_clock(hotel: Hotel, manager: Client) -> None:
    released(hotel)

    assert ">15 Jul 2026, 07:00</time>" in html(manager)


def test_amounts_are_in_the_persons_locale(hotel: Hotel, manager: Client) -> None:
    charged(hotel)
    manager.cookies["django_language"] = "de"

    assert "100,00\u00a0EUR" in html(manager)


def test_what_is_left_of_a_deposit_is_flagged_with_its_folio(hotel: Hotel, manager: Client) -> None:
    record = charged(hotel)
    NoShowRecord.objects.filter(pk=record.pk).update(deposit_surplus=40)

    page = html(manager)

    assert "40.00\u00a0EUR of the deposit are left over: decide" in page
    assert f"/admin/hotels/folio/{record.booking_room.folio_id}/change/" in page


def test_a_reinstated_guests_deposit_is_not_left_over(hotel: Hotel, manager: Client) -> None:
    charged(hotel)
    NoShowRecord.objects.update(deposit_surplus=40, outcome=Outcome.REVERSED)

    assert "left over" not in html(manager)


def test_a_decision_says_by_whom_when_and_why(hotel: Hotel, owner: User, manager: Client) -> None:
    record = released(hotel)
    NoShowRecord.objects.filter(pk=record.pk).update(
        outcome=Outcome.REVERSED, decided_by=owner, decided_at=NOW, decision_note="Late flight"
    )

    page = html(manager)

    assert "owner, " in page
    assert ">15 Jul 2026, 08:00</time>" in page
    assert "<q>Late flight</q>" in page


def test_what_waits_for_a_person_comes_first_and_only_there(hotel: Hotel, manager: Client) -> None:
    done, waits = released(hotel), to_review(hotel)

    assert listed(manager, "to_decide") == [waits]
    assert listed(manager) == [done]


def test_what_waits_for_a_person_is_there_however_old(hotel: Hotel, manager: Client) -> None:
    record = to_review(hotel)
    NoShowRecord.objects.update(created_at=NOW - timedelta(days=400))

    assert listed(manager, "to_decide") == [record]


def test_what_is_older_than_the_days_chosen_is_left_out(hotel: Hotel, manager: Client) -> None:
    record = released(hotel)
    NoShowRecord.objects.update(created_at=NOW - timedelta(days=40))

    assert listed(manager) == []
    assert listed(manager, days=90) == [record]


def test_one_outcome_is_chosen(hotel: Hotel, manager: Client) -> None:
    released(hotel)
    fee = charged(hotel)

    assert listed(manager, outcome="APPLIED") == [fee]


def test_only_what_is_to_be_decided_is_chosen(hotel: Hotel, manager: Client) -> None:
    released(hotel)
    waits = to_review(hotel)

    answer = manager.get(LIST, {"outcome": "REVIEW"})

    assert [row.record for row in answer.context["to_decide"].rows] == [waits]
    assert "decided" not in answer.context


def test_nonsense_in_the_address_is_as_if_it_were_not_there(hotel: Hotel, manager: Client) -> None:
    record = released(hotel)

    assert listed(manager, outcome="LOST", days="many") == [record]


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "12345678"])
def test_a_page_that_begins_nowhere_is_not_there(key: str, manager: Client) -> None:
    assert manager.get(LIST, {"before": key}).status_code == 404


@pytest.mark.parametrize("outcome", ["", "REVIEW"])
def test_pages_follow_one_another_newest_first(outcome: str, hotel: Hotel, manager: Client) -> None:
    kind = Outcome.REVIEW if outcome else Outcome.RELEASED
    made = [record_of(stay(hotel, arrival=DAY), outcome=kind) for _ in range(51)]
    which = "to_decide" if outcome else "decided"

    first = manager.get(LIST, {"outcome": outcome}).context[which]
    second = manager.get(LIST, {"outcome": outcome, "before": first.older}).context[which]

    both = [row.record for row in (*first.rows, *second.rows)]
    assert both == made[::-1]
    assert (len(first.rows), second.older) == (50, None)


def test_one_hotel_is_chosen_or_all(hotel: Hotel, owner: User, manager: Client) -> None:
    second = MembershipFactory(user=owner, hotel=HotelFactory()).hotel
    here, there = released(hotel), released(second)

    assert set(listed(manager)) == {here, there}
    assert listed(manager, hotel=second.code) == [there]


def test_others_hotels_are_not_there(hotel: Hotel, outsider: Client) -> None:
    released(hotel)
    to_review(hotel)

    assert listed(outsider) == []
    assert listed(outsider, "to_decide") == []
    assert outsider.get(LIST, {"hotel": hotel.code}).status_code == 404


def test_a_page_that_begins_at_anothers_record_is_not_there(hotel: Hotel, outsider: Client) -> None:
    record = released(hotel)

    assert outsider.get(LIST, {"before": record.pk}).status_code == 404


def test_nobody_logged_in_is_sent_to_the_login(client: Client, db: None) -> None:
    assert client.get(LIST)["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("manager", {"keep", "reinstate", "waive"}),
        ("desk", {"keep", "reinstate"}),
        ("viewer", set()),
    ],
)
def test_buttons_are_for_those_whose_role_allows_it(
    who: str, offered: set[str], hotel: Hotel, request: pytest.FixtureRequest
) -> None:
    records = [charged(hotel), to_review(hotel)]

    page = html(request.getfixturevalue(who))

    names = ("keep", "reinstate", "waive")
    found = {name for name in names for record in records if page_of(record, name) in page}
    assert found == offered


def test_buttons_are_where_the_record_allows_it(hotel: Hotel, manager: Client) -> None:
    fee, free, waits = charged(hotel), released(hotel), to_review(hotel)

    context = manager.get(LIST).context

    rows = (*context["decided"].rows, *context["to_decide"].rows)
    offered = {row.record: {decision.name for decision in row.decisions} for row in rows}
    assert offered == {fee: {"reinstate", "waive"}, free: {"reinstate"}, waits: {"keep"}}


def test_more_records_ask_no_more_queries(
    hotel: Hotel, manager: Client, queries_of: Callable[..., int]
) -> None:
    def several(count: int) -> int:
        for _ in range(count):
            charged(hotel)
            to_review(hotel)
        return queries_of(lambda: manager.get(LIST))

    few, many = several(2), several(15)

    assert few == many <= 8


def test_what_waits_is_linked_from_home(hotel: Hotel) -> None:
    to_review(hotel)

    (need,) = action_items(hotels=[hotel], now=NOW)

    assert need.url == f"{LIST}?hotel={hotel.code}&outcome=REVIEW"
