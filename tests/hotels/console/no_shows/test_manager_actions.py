"""Decisions about one no-show: the preview, the effects, and who may decide."""

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
    messages_on,
    outcome_of,
    page_of,
    released,
    to_review,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_morning_after() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def preview(client: Client, record: NoShowRecord, decision: str) -> Any:
    return client.get(page_of(record, decision))


def invoiced(record: NoShowRecord) -> Invoice:
    folio = record.booking_room.folio
    Folio.objects.filter(pk=folio.pk).update(status="COMPLETED", completed_at=NOW)
    folio.refresh_from_db()
    return invoice_of(folio, now=NOW)


class TestPreview:
    def test_it_shows_the_nights_and_the_rooms_available(
        self, hotel: Hotel, manager: Client
    ) -> None:
        record = released(hotel)
        number = record.booking_room.room.number

        answer = preview(manager, record, "reinstate")

        nights = answer.context["preview"].nights
        assert [(night.date.day, night.room, night.available_after) for night in nights] == [
            (15, number, 0),
            (16, number, 0),
        ]
        assert "The booking is reinstated for 2 nights:" in answer.content.decode()
        assert "available afterwards" in answer.content.decode()

    def test_past_nights_need_no_room(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)

        with time_machine.travel(NOW.replace(day=16), tick=False):
            nights = preview(manager, record, "reinstate").context["preview"].nights

        assert [night.available_after for night in nights] == [None, 0]

    def test_a_stay_whose_nights_stayed_booked_is_reinstated_without_a_list(
        self, hotel: Hotel, manager: Client
    ) -> None:
        record = released(hotel)
        record.booking_room.nights.update(released=False)

        page = preview(manager, record, "reinstate").content.decode()

        assert "The booking is reinstated. No night needs a room again." in page
        assert "reinstated for" not in page

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_it_shows_the_reversal_line(self, decision: str, hotel: Hotel, manager: Client) -> None:
        page = preview(manager, charged(hotel), decision).content.decode()

        assert "The fee of 100.00\u00a0EUR is reversed on folio" in page
        assert "credit note" not in page

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_it_shows_the_credit_note_of_an_invoiced_fee(
        self, decision: str, hotel: Hotel, manager: Client
    ) -> None:
        record = charged(hotel)
        invoice = invoiced(record)

        page = preview(manager, record, decision).content.decode()

        assert f"a credit note of 100.00\u00a0EUR is issued for invoice {invoice.number}" in page

    def test_it_shows_the_new_folio_of_an_invoiced_stay(
        self, hotel: Hotel, manager: Client
    ) -> None:
        record = charged(hotel)
        FolioLine.objects.create(
            folio=record.booking_room.folio, business_date=DAY, description="Bar",
            category="EXTRA", net=10, tax=0, gross=10, tax_rate=0,
        )  # fmt: skip
        invoiced(record)

        page = preview(manager, record, "reinstate").content.decode()

        assert "The stay is charged on a new folio" in page

    def test_it_shows_the_deposit_surplus(self, hotel: Hotel, manager: Client) -> None:
        record = charged(hotel)
        PaymentFactory(folio=record.booking_room.folio, amount=100)
        Folio.objects.update(status="COMPLETED", completed_at=NOW)

        page = preview(manager, record, "waive").content.decode()

        assert "The deposit exceeds the charges by 100.00\u00a0EUR." in page

    def test_a_refusal_replaces_the_form(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)
        stay(hotel, arrival=DAY, room=record.booking_room.room)

        page = preview(manager, record, "reinstate").content.decode()

        assert "This room cannot be reinstated: no" in page
        assert 'name="note"' not in page

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_a_preview_changes_nothing(self, decision: str, hotel: Hotel, manager: Client) -> None:
        record = charged(hotel)
        invoiced(record)
        before = every_row()

        assert preview(manager, record, decision).status_code == 200
        assert every_row() == before

    def test_it_shows_the_fee_of_a_room_waiting_for_a_decision(
        self, hotel: Hotel, manager: Client
    ) -> None:
        record = to_review(hotel)
        PaymentFactory(folio=record.booking_room.folio, amount=130, is_deposit=True)

        page = " ".join(preview(manager, record, "charge").content.decode().split())

        folio = record.booking_room.folio
        assert f"the fee of 100.00 EUR is charged on folio {folio}." in page
        assert "The deposit pays 100.00 EUR of the fee." in page
        assert "The deposit exceeds the charges by 30.00 EUR." in page
        assert "2 nights can be sold again." in page

    def test_it_shows_the_release_of_a_room_waiting_for_a_decision(
        self, hotel: Hotel, manager: Client
    ) -> None:
        record = to_review(hotel)
        PaymentFactory(folio=record.booking_room.folio, amount=40, is_deposit=True)

        page = " ".join(preview(manager, record, "release").content.decode().split())

        assert "The room is released and nothing is charged." in page
        assert f"Folio {record.booking_room.folio} stays open" in page
        assert "The deposit exceeds the charges by 40.00 EUR." in page


class TestDecision:
    def test_a_late_guest_is_reinstated(self, hotel: Hotel, owner: User, manager: Client) -> None:
        record = released(hotel)

        answer = decide(manager, record, "reinstate")

        record.refresh_from_db()
        assert (record.outcome, record.decided_by) == (Outcome.REVERSED, owner)
        assert (record.decided_at, record.decision_note) == (NOW, "Late flight")
        assert BookingRoom.objects.get().status == "CONFIRMED"
        assert messages_on(answer) == [f"{record.booking_room}: reinstated."]

    def test_a_fee_is_waived(self, hotel: Hotel, manager: Client) -> None:
        record = charged(hotel)

        answer = decide(manager, record, "waive")

        assert outcome_of(record) == Outcome.WAIVED
        assert sum(line.gross for line in FolioLine.objects.all()) == 0
        assert messages_on(answer) == [f"{record.booking_room}: fee waived."]

    def test_a_room_waiting_for_a_decision_is_kept(self, hotel: Hotel, manager: Client) -> None:
        record = to_review(hotel)

        decide(manager, record, "keep")

        assert outcome_of(record) == Outcome.REVERSED

    def test_a_room_waiting_for_a_decision_is_charged(
        self, hotel: Hotel, owner: User, manager: Client
    ) -> None:
        record = to_review(hotel)

        answer = decide(manager, record, "charge", note="Never came")

        room = BookingRoom.objects.get()
        assert (room.status, FolioLine.objects.get().gross) == ("NO_SHOW", 100)
        new = room.no_show_records.exclude(pk=record.pk).get()
        assert (new.outcome, new.decided_by, new.decision_note) == (
            Outcome.APPLIED,
            owner,
            "Never came",
        )
        assert messages_on(answer) == [f"{room}: marked as a no-show."]

    def test_a_room_waiting_for_a_decision_is_released(self, hotel: Hotel, manager: Client) -> None:
        answer = decide(manager, to_review(hotel), "release")

        room = BookingRoom.objects.get()
        assert (room.status, FolioLine.objects.count()) == ("RELEASED", 0)
        assert messages_on(answer) == [f"{room}: released without a fee."]

    @pytest.mark.parametrize("decision", ["charge", "release"])
    def test_a_double_click_ends_the_stay_once(
        self, decision: str, hotel: Hotel, manager: Client
    ) -> None:
        record = to_review(hotel)

        decide(manager, record, decision)
        after_one = every_row()
        again = decide(manager, record, decision)

        assert every_row() == after_one
        assert "No decision is needed" in messages_on(again)[0]

    def test_it_redirects_to_the_list_of_the_hotel(self, hotel: Hotel, manager: Client) -> None:
        answer = decide(manager, to_review(hotel), "keep")

        assert answer.redirect_chain == [(f"/admin/no-shows/?hotel={hotel.code}", 302)]

    def test_the_note_is_required(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)

        answer = decide(manager, record, "reinstate", note=" ")

        assert answer.context["form"].errors["note"]
        assert outcome_of(record) == Outcome.RELEASED

    @pytest.mark.parametrize("decision", ["reinstate", "waive"])
    def test_a_double_click_decides_once(
        self, decision: str, hotel: Hotel, manager: Client
    ) -> None:
        record = charged(hotel)
        invoiced(record)

        decide(manager, record, decision)
        after_one = every_row()
        again = decide(manager, record, decision)

        assert every_row() == after_one
        assert Invoice.objects.filter(kind=Invoice.Kind.CREDIT_NOTE).count() == 1
        assert "Status of this no-show" in messages_on(again)[0]

    def test_a_refusal_is_shown_as_a_message(self, hotel: Hotel, manager: Client) -> None:
        record = released(hotel)
        stay(hotel, arrival=DAY, room=record.booking_room.room)

        (words,) = messages_on(decide(manager, record, "reinstate"))

        assert words.startswith(f"{record.booking_room}: This room cannot be reinstated: no ")
        assert outcome_of(record) == Outcome.RELEASED

    def test_the_form_is_sent_once(self, hotel: Hotel, manager: Client) -> None:
        assert "data-once" in preview(manager, released(hotel), "reinstate").content.decode()


class TestPermissions:
    def test_the_front_desk_may_reinstate(self, hotel: Hotel, desk: Client) -> None:
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
            ("viewer", "charge", 403),
            ("viewer", "release", 403),
            ("outsider", "charge", 404),
            ("outsider", "release", 404),
            ("outsider", "waive", 404),
            ("outsider", "reinstate", 404),
            ("manager", "forget", 404),
        ],
    )
    def test_other_users_are_refused(
        self, who: str, decision: str, status: int, hotel: Hotel, request: pytest.FixtureRequest
    ) -> None:
        record = charged(hotel)
        person = request.getfixturevalue(who)
        before = every_row()

        assert preview(person, record, decision).status_code == status
        assert decide(person, record, decision).status_code == status
        assert every_row() == before

    def test_an_anonymous_user_is_sent_to_the_login(self, hotel: Hotel, client: Client) -> None:
        record = released(hotel)

        answer = client.post(page_of(record, "reinstate"), {"note": "x"})

        assert answer["Location"].startswith("/admin/login/")
        assert outcome_of(record) == Outcome.RELEASED
