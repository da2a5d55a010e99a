"""No-show check over random histories of stays: none is open for ever (domain rule 3)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.billing.uninvoiced import explain, uninvoiced_folios
from hotels.errors import ActionRefused
from hotels.front_desk.cancellation import cancel_room
from hotels.front_desk.check_in import check_in
from hotels.front_desk.check_out import check_out
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, NoShowRecord
from hotels.no_shows import manager_actions
from tests.dumps import every_row
from tests.factories import (
    FolioLineFactory,
    HotelFactory,
    PaymentFactory,
    PolicyFactory,
    UserFactory,
)
from tests.jobs.services.no_shows import check, missed


def _fields(**fields: Any) -> Callable[..., None]:
    def change(room: BookingRoom, now: datetime) -> None:
        values = {name: value(now) if callable(value) else value for name, value in fields.items()}
        BookingRoom.objects.filter(pk=room.pk).update(**values)

    return change


def _decide(name: str) -> Callable[..., None]:
    def decide(room: BookingRoom, now: datetime) -> None:
        record = NoShowRecord.objects.filter(booking_room=room).order_by("-pk").first()
        if record is not None:
            decision = manager_actions.DECISIONS[name]
            decision.carry_out(record=record, user=UserFactory(), now=now, note="x")

    return decide


def _pay(room: BookingRoom, now: datetime) -> None:
    if room.folio is not None:
        PaymentFactory(folio=room.folio, amount=Decimal(120), is_deposit=True)


def _charge_extra(room: BookingRoom, now: datetime) -> None:
    if room.folio is not None and room.folio.status == "OPEN":
        FolioLineFactory(folio=room.folio, booking_room=room, category="EXTRA", gross=Decimal(15))


def _extend(room: BookingRoom, now: datetime) -> None:
    day = max(room.departure_date, now.date()) + timedelta(days=2)
    BookingRoom.objects.filter(pk=room.pk).update(departure_date=day)


STEPS: dict[str, Callable[..., None]] = {
    "hold": _fields(staff_hold=True),
    "end hold": _fields(staff_hold=False),
    "key": _fields(key_issued_at=lambda now: now),
    "expected tomorrow": _fields(eta=lambda now: now + timedelta(days=1)),
    "expected in a month": _fields(eta=lambda now: now + timedelta(days=30)),
    "extend": _extend,
    "pay": _pay,
    "charge an extra": _charge_extra,
    "check in": lambda room, now: check_in(stay=room, now=now),
    "check out": lambda room, now: check_out(stay=room, now=now),
    "cancel": lambda room, now: cancel_room(stay=room, now=now),
    **{name: _decide(name) for name in manager_actions.DECISIONS},
}
history = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(sorted(STEPS)), st.integers(0, 40)), max_size=14
)


class TestAnyHistory(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(history)
    @example(
        [
            (2, "reinstate", 7),  # nothing to reinstate yet: the check charges the fee after it
            (2, "reinstate", 0),
            (2, "charge an extra", 0),
            (2, "cancel", 0),
        ]
    )
    # The fee and its reversal cancel out: nothing is left to invoice.
    @example([(2, "reinstate", 7), (2, "reinstate", 0), (2, "cancel", 0)])
    def test_no_room_is_confirmed_after_its_departure_without_an_open_review(
        self, taken: list[tuple[int, str, int]]
    ) -> None:
        hotel, now = HotelFactory(), datetime(2026, 7, 14, 20, 0, tzinfo=UTC)
        flexible = PolicyFactory(hotel=hotel, guaranteed=False)
        shared = missed(hotel, nights_count=3)
        rooms = [
            shared,
            missed(hotel, nights_count=1, booking=shared.booking, policy=flexible),
            missed(hotel, nights_count=0, day_use_price=Decimal(60)),
            missed(hotel, nights_count=2, policy=flexible),
        ]
        for number, step, hours in taken:
            now += timedelta(hours=hours)
            try:
                with transaction.atomic():
                    room = BookingRoom.objects.get(pk=rooms[number].pk)
                    STEPS[step](room, now)
            except (ActionRefused, manager_actions.ReversalRefused):
                pass
            result = check(hotel, now)
            assert result.problems == ()
            self._check_books(hotel, now)
            after = every_row()
            check(hotel, now)
            assert every_row() == after

    def _check_books(self, hotel: Hotel, now: datetime) -> None:
        today = hotel.business_date(now)
        for room in BookingRoom.objects.filter(status="CONFIRMED", departure_date__lt=today):
            assert room.no_show_records.filter(outcome="REVIEW").exists()
            assert not room.nights.filter(released=False, date__gte=today).exists()
        for record in NoShowRecord.objects.filter(outcome="REVIEW"):
            assert record.booking_room.status == "CONFIRMED"
        for status, outcomes in {
            "NO_SHOW": ("APPLIED", "WAIVED"),
            "RELEASED": ("RELEASED",),
        }.items():
            for room in BookingRoom.objects.filter(status=status):
                (record,) = room.no_show_records.exclude(outcome="REVERSED")
                assert record.outcome in outcomes
        fees = FolioLine.objects.filter(category="NO_SHOW_FEE", reverses=None, reversed_by=None)
        assert not fees.exclude(booking_room__status="NO_SHOW").exists()
        self._check_open_folios(now)

    def _check_open_folios(self, now: datetime) -> None:
        """A folio stays open for its rooms; without one, what is left to invoice is reported."""
        live = ("TENTATIVE", "CONFIRMED", "CHECKED_IN")
        reported = explain(list(uninvoiced_folios(hotel_ids=None)), now=now)
        reasons = {each.folio: each.reason for each in reported}
        for folio in Folio.objects.filter(status="OPEN"):
            used = folio.booking_rooms.filter(status__in=live).exists()
            left: dict[Decimal, Decimal] = defaultdict(Decimal)
            for line in folio.lines.filter(document=None, settled_at=None):
                left[line.tax_rate] += line.gross
            charged = not used and any(left.values())
            assert (reasons.get(folio) == "LEFT_OPEN") == charged
            fees = folio.lines.filter(category="NO_SHOW_FEE").values_list("gross", flat=True)
            assert used or not sum(fees)
