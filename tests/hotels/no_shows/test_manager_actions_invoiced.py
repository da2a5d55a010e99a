"""Reversals of invoiced fees, and by two managers at the same time."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from hotels import phrases
from hotels.billing.credit import issue_credit_note
from hotels.billing.drafts import Draft, DraftLine, buyer_of, insert_documents, seller_of
from hotels.billing.manual_credit import Credit, issue_credit
from hotels.billing.reversals import reverse_charge
from hotels.billing.tax_rounding import TaxRule
from hotels.billing.totals import totals_of
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Invoice, NoShowRecord
from hotels.no_shows import manager_actions
from tests.concurrency import run_together
from tests.dumps import every_row
from tests.factories import FolioLineFactory, RoomFactory, UserFactory
from tests.jobs.services.no_shows import check, missed

pytestmark = pytest.mark.django_db


def invoiced(folio: Folio, now: datetime) -> Invoice:
    lines = tuple(DraftLine.of(line) for line in folio.lines.order_by("pk"))
    draft = Draft(
        folio=folio,
        currency=folio.hotel.currency,
        seller=seller_of(folio.hotel),
        buyer=buyer_of(folio.payer),
        lines=lines,
        totals=totals_of(lines, currency=folio.hotel.currency),
        tax_rule=TaxRule.of(folio.hotel),
    )
    (invoice,) = insert_documents([draft], hotel=folio.hotel, kind=Invoice.Kind.INVOICE, now=now)
    return invoice


class TestInvoicedFee:
    @pytest.fixture
    def record(self, hotel: Hotel, now: datetime) -> NoShowRecord:
        """A no-show whose fee is invoiced."""
        missed(hotel, room=RoomFactory(hotel=hotel))
        check(hotel, now)
        invoiced(Folio.objects.get(), now)
        return NoShowRecord.objects.get()

    @pytest.fixture
    def among_others(self, hotel: Hotel, now: datetime) -> NoShowRecord:
        """A no-show whose fee is on an invoice together with an adjustment of 20."""
        room = missed(hotel, room=RoomFactory(hotel=hotel))
        FolioLineFactory(folio=room.folio, category="ADJUSTMENT", gross=Decimal(20))
        check(hotel, now)
        invoiced(Folio.objects.get(), now)
        return NoShowRecord.objects.get()

    @pytest.fixture
    def decide(self, now: datetime) -> Callable[..., NoShowRecord]:
        return lambda action, record: action(record=record, user=UserFactory(), now=now)

    @pytest.mark.parametrize("action", [manager_actions.waive, manager_actions.reinstate])
    def test_it_is_credited_and_reversed(self, record, decide, action: Any) -> None:
        decide(action, record)

        note = Invoice.objects.get(kind="CREDIT_NOTE")
        assert (note.gross, note.lines.get().folio_line) == (100, record.fee_line)
        assert note.corrects.live is False
        assert sum(FolioLine.objects.values_list("gross", flat=True)) == 0

    def test_the_credit_note_says_why(self, record, decide) -> None:
        decide(manager_actions.waive, record)

        note = Invoice.objects.get(kind="CREDIT_NOTE")
        assert note.reason == f"No-show fee of {record.booking_room} waived"
        assert note.reason_phrase == phrases.fee_waived(str(record.booking_room)).to_json()

    def test_a_folio_whose_invoice_is_fully_credited_is_reopened(self, record, decide) -> None:
        decide(manager_actions.reinstate, record)

        assert Folio.objects.get().status == "OPEN"

    def test_with_other_charges_on_the_invoice_only_the_fee_is_credited(
        self, among_others, decide
    ) -> None:
        decide(manager_actions.waive, among_others)

        note = Invoice.objects.get(kind="CREDIT_NOTE")
        assert (note.gross, note.corrects.gross, note.corrects.live) == (100, 120, True)

    def test_with_other_charges_on_the_invoice_the_reinstated_room_gets_a_new_folio(
        self, among_others, decide
    ) -> None:
        decide(manager_actions.reinstate, among_others)

        old, new = Folio.objects.order_by("pk")
        assert BookingRoom.objects.get().folio == new
        assert (old.status, new.status) == ("COMPLETED", "OPEN")
        assert (new.booking, new.payer, new.number) == (old.booking, old.payer, old.number + 1)

    def test_a_fee_credited_before_is_refused_and_nothing_changes(
        self, among_others, decide, now
    ) -> None:
        issue_credit_note(
            invoice=Invoice.objects.get(), lines=[among_others.fee_line], now=now, reason="By hand."
        )
        before = every_row()

        with pytest.raises(manager_actions.ReversalRefused, match="is already credited"):
            decide(manager_actions.waive, among_others)

        assert every_row() == before

    @pytest.mark.parametrize("part", ["line", "all after an amount"])
    def test_a_late_guest_is_reinstated_although_the_fee_was_credited_by_hand(
        self, record, decide, now, part: str
    ) -> None:
        invoice = Invoice.objects.get()
        if part == "line":
            credit = Credit(lines=(invoice.lines.get().pk,))
        else:
            credit = Credit()
            issue_credit_note(invoice=invoice, gross=Decimal(10), now=now, reason="By hand.")
        issue_credit(invoice=invoice, credit=credit, by="ana", now=now, reason="By hand.")
        notes = Invoice.objects.filter(kind="CREDIT_NOTE").count()

        decide(manager_actions.reinstate, record)

        assert BookingRoom.objects.get().status == "CONFIRMED"
        assert Invoice.objects.filter(kind="CREDIT_NOTE").count() == notes
        assert sum(FolioLine.objects.values_list("gross", flat=True)) == 0

    @pytest.mark.parametrize("action", [manager_actions.waive, manager_actions.reinstate])
    def test_of_a_fee_credited_in_part_by_hand_the_rest_is_credited(
        self, record, decide, now, action: Any
    ) -> None:
        invoice = Invoice.objects.get()
        issue_credit_note(invoice=invoice, gross=Decimal(30), now=now, reason="By hand.")

        decide(action, record)

        notes = Invoice.objects.filter(kind="CREDIT_NOTE").order_by("pk")
        assert [note.gross for note in notes] == [30, 70]
        invoice.refresh_from_db()
        assert (invoice.live, invoice.balance) == (False, 0)
        assert sum(FolioLine.objects.values_list("gross", flat=True)) == 0

    def test_a_fee_among_other_charges_that_no_longer_fits_is_left_to_a_person(
        self, among_others, decide, now
    ) -> None:
        issue_credit_note(
            invoice=Invoice.objects.get(), gross=Decimal(30), now=now, reason="By hand."
        )
        before = every_row()

        with pytest.raises(manager_actions.ReversalRefused, match="At most"):
            decide(manager_actions.waive, among_others)

        assert every_row() == before

    @pytest.mark.parametrize("action", [manager_actions.waive, manager_actions.reinstate])
    def test_a_fee_credited_in_part_that_waits_to_be_invoiced_again_is_refused(
        self, record, decide, now, action: Any
    ) -> None:
        invoice = Invoice.objects.get()
        issue_credit_note(invoice=invoice, gross=Decimal(30), now=now, reason="By hand.")
        issue_credit_note(invoice=invoice, now=now, reason="Wrong payer", invoice_again=True)
        before = every_row()

        with pytest.raises(manager_actions.ReversalRefused, match="wait to be invoiced again"):
            decide(action, record)

        assert every_row() == before

    def test_a_fee_credited_on_an_invoice_that_was_cancelled_is_refused(
        self, among_others, decide, now
    ) -> None:
        invoice = Invoice.objects.get()
        issue_credit_note(invoice=invoice, lines=[among_others.fee_line], now=now, reason="By hand")
        issue_credit_note(invoice=invoice, now=now, reason="Wrong payer", invoice_again=True)

        with pytest.raises(manager_actions.ReversalRefused, match="already reversed"):
            decide(manager_actions.waive, NoShowRecord.objects.get())

    def test_a_guest_whose_fee_was_reversed_before_is_reinstated(self, hotel, decide, now) -> None:
        missed(hotel, room=RoomFactory(hotel=hotel))
        check(hotel, now)
        record = NoShowRecord.objects.get()
        reverse_charge(record.fee_line, day=now.date())

        decide(manager_actions.reinstate, record)

        assert sum(FolioLine.objects.values_list("gross", flat=True)) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", [manager_actions.waive, manager_actions.reinstate])
def test_two_managers_at_the_same_time_reverse_a_fee_once(hotel, now, action: Any) -> None:
    """Needs two transactions at the same time, which SQLite does not have."""
    missed(hotel, room=RoomFactory(hotel=hotel))
    check(hotel, now)
    record, user = NoShowRecord.objects.get(), UserFactory()

    def work() -> str:
        try:
            return action(record=record, user=user, now=now).outcome
        except manager_actions.ReversalRefused:
            return "refused"

    outcomes = run_together(work, work)

    assert sorted(outcomes, reverse=True)[0] == "refused"
    assert len(outcomes) == 2
    assert FolioLine.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_last_room_is_rebooked_for_one_of_two_guests(hotel, now) -> None:
    """Needs two transactions at the same time, which SQLite does not have."""
    kind, user = RoomFactory(hotel=hotel).room_type, UserFactory()
    for _ in range(2):
        missed(hotel, room_type=kind)
    check(hotel, now)

    def work(record: NoShowRecord) -> str:
        try:
            return manager_actions.reinstate(record=record, user=user, now=now).outcome
        except manager_actions.NoRoomAvailable:
            return "no room"

    outcomes = run_together(*(partial(work, record) for record in NoShowRecord.objects.all()))

    assert sorted(outcomes) == ["REVERSED", "no room"]
