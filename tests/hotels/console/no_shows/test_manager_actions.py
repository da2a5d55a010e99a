"""Deciding about one no-show: what the page says will happen, and that it does, once."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Invoice, NoShowRecord
from tests.dumps import every_row
from tests.factories import PaymentFactory, stay
from tests.hotels.billing.issued import invoice_of
from tests.hotels.console.no_shows.books import (
    DAY,
    NOW,
    Outcome,
    charged,
    decide,
    outcome_of,
    page_of,
    released,
    to_review,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_morning_after() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def asked(client: Client, record: NoShowRecord, decision: str) -> Any:
    return client.get(page_of(record, decision))


def invoiced(record: NoShowRecord) -> Invoice:
    folio = record.booking_room.folio
    Folio.objects.filter(pk=folio.pk).update(status="COMPLETED", completed_at=NOW)
    folio.refresh_from_db()
    return invoice_of(folio, now=NOW)


class TestWhatWillHappen:
    def test_the_nights_and_the_stock_are_told(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)
        number = record.booking_room.room.number

        answer = asked(manager, record, "reinstate")

        nights = answer.context["outlook"].nights
        assert [(night.date.day, night.room, night.left) for night in nights] == [
            (15, number, 0),
            (16, number, 0),
        ]
        assert "2 nights are taken back" in answer.content.decode()
        assert "takes one room from stock" in answer.content.decode()

    def test_nights_already_past_need_no_room(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)

        with time_machine.travel(NOW.replace(day=16), tick=False):
            nights = asked(manager, record, "reinstate").context["outlook"].nights

        assert [night.left for night in nights] == [None, 0]

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_the_contra_line_is_told(self, decision: str, hotel: Hotel, manager: Client) -> None:
        page = asked(manager, charged(hotel), decision).content.decode()

        assert "A contra line of -100.00\u00a0EUR stands against the fee" in page
        assert "credit note" not in page

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_the_credit_note_of_an_invoiced_fee_is_told(
        self, decision: str, hotel: Hotel, manager: Client
    ) -> None:
        record = charged(hotel)
        invoice = invoiced(record)

        page = asked(manager, record, decision).content.decode()

        assert f"a credit note of 100.00\u00a0EUR is issued for invoice {invoice.number}" in page

    def test_the_new_folio_of_an_invoiced_stay_is_told(self, hotel: Hotel, manager: Client) -> None:
        record = charged(hotel)
        FolioLine.objects.create(
            folio=record.booking_room.folio, business_date=DAY, description="Bar",
            category="EXTRA", net=10, tax=0, gross=10, tax_rate=0,
        )  # fmt: skip
        invoiced(record)

        page = asked(manager, record, "reinstate").content.decode()

        assert "The stay is charged on a new folio" in page

    def test_a_deposit_left_over_is_told(self, hotel: Hotel, manager: Client) -> None:
        record = charged(hotel)
        PaymentFactory(folio=record.booking_room.folio, amount=100)
        Folio.objects.update(status="COMPLETED", completed_at=NOW)

        page = asked(manager, record, "waive").content.decode()

        assert "100.00\u00a0EUR of the deposit are left over then" in page

    def test_a_refusal_is_told_instead_and_nothing_is_offered(
        self, hotel: Hotel, manager: Client
    ) -> None:
        record = released(hotel)
        stay(hotel, arrival=DAY, room=record.booking_room.room)

        page = asked(manager, record, "reinstate").content.decode()

        assert "This room cannot be reinstated: no" in page
        assert 'name="note"' not in page

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_looking_changes_nothing(self, decision: str, hotel: Hotel, manager: Client) -> None:
        record = charged(hotel)
        invoiced(record)
        before = every_row()

        assert asked(manager, record, decision).status_code == 200
        assert every_row() == before


class TestDoing:
    def test_a_guest_who_came_late_is_reinstated(
        self, hotel: Hotel, owner: User, manager: Client
    ) -> None:
        record = released(hotel)

        answer = decide(manager, record, "reinstate")

        record.refresh_from_db()
        assert (record.outcome, record.decided_by) == (Outcome.REVERSED, owner)
        assert (record.decided_at, record.decision_note) == (NOW, "Late flight")
        assert BookingRoom.objects.get().status == "CONFIRMED"
        assert told(answer) == [f"{record.booking_room}: reinstated."]

    def test_a_fee_is_waived(self, hotel: Hotel, manager: Client) -> None:
        record = charged(hotel)

        answer = decide(manager, record, "waive")

        assert outcome_of(record) == Outcome.WAIVED
        assert sum(line.gross for line in FolioLine.objects.all()) == 0
        assert told(answer) == [f"{record.booking_room}: fee waived."]

    def test_a_room_left_for_review_is_kept(self, hotel: Hotel, manager: Client) -> None:
        record = to_review(hotel)

        decide(manager, record, "keep")

        assert outcome_of(record) == Outcome.REVERSED

    def test_it_leads_back_to_the_list_of_the_hotel(self, hotel: Hotel, manager: Client) -> None:
        answer = decide(manager, to_review(hotel), "keep")

        assert answer.redirect_chain == [(f"/admin/no-shows/?hotel={hotel.code}", 302)]

    def test_without_a_note_it_is_asked_for_again(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)

        answer = decide(manager, record, "reinstate", note=" ")

        assert answer.context["form"].errors["note"]
        assert outcome_of(record) == Outcome.RELEASED

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_a_double_click_does_it_once(
        self, decision: str, hotel: Hotel, manager: Client
    ) -> None:
        record = charged(hotel)
        invoiced(record)

        decide(manager, record, decision)
        after_one = every_row()
        again = decide(manager, record, decision)

        assert every_row() == after_one
        assert Invoice.objects.filter(kind=Invoice.Kind.CREDIT_NOTE).count() == 1
        assert "Status of this no-show" in told(again)[0]

    def test_a_refusal_is_told_as_the_sentence_it_is(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)
        stay(hotel, arrival=DAY, room=record.booking_room.room)

        (words,) = told(decide(manager, record, "reinstate"))

        assert words.startswith(f"{record.booking_room}: This room cannot be reinstated: no ")
        assert outcome_of(record) == Outcome.RELEASED

    def test_the_button_is_sent_once(self, hotel: Hotel, manager: Client) -> None:
        assert "data-once" in asked(manager, released(hotel), "reinstate").content.decode()


class TestWhoMay:
    def test_the_front_desk_reinstates(self, hotel: Hotel, desk: Client) -> None:
        record = released(hotel)

        decide(desk, record, "reinstate")

        assert outcome_of(record) == Outcome.REVERSED

    @pytest.mark.parametrize(
        ("who", "decision", "status"),
        [
            ("desk", "waive", 403),
            ("viewer", "waive", 403),
            ("viewer", "reinstate", 403),
            ("viewer", "keep", 403),
            ("outsider", "waive", 404),
            ("outsider", "reinstate", 404),
            ("manager", "forget", 404),
        ],
    )
    def test_others_are_refused_and_nothing_is_done(
        self, who: str, decision: str, status: int, hotel: Hotel, request: pytest.FixtureRequest
    ) -> None:
        record = charged(hotel)
        person = request.getfixturevalue(who)
        before = every_row()

        assert asked(person, record, decision).status_code == status
        assert decide(person, record, decision).status_code == status
        assert every_row() == before

    def test_nobody_logged_in_is_sent_to_the_login(self, hotel: Hotel, client: Client) -> None:
        record = released(hotel)

        answer = client.post(page_of(record, "reinstate"), {"note": "x"})

        assert answer["Location"].startswith("/admin/login/")
        assert outcome_of(record) == Outcome.RELEASED
