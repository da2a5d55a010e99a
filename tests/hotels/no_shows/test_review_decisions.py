"""A person's decisions about a room under review: charge it, release it, keep it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User

from hotels import availability
from hotels.models import (
    AuditEntry,
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    NoShowRecord,
    RoomAvailability,
)
from hotels.no_shows import manager_actions
from hotels.no_shows.errors import ReversalRefused
from hotels.no_shows.preview import preview_action
from tests.concurrency import run_together
from tests.dumps import every_row
from tests.factories import FolioFactory, PaymentFactory, PolicyFactory, RoomFactory, UserFactory
from tests.jobs.services.no_shows import TODAY, check, missed, status_of

pytestmark = pytest.mark.django_db

CHARGE, RELEASE = manager_actions.CHARGE, manager_actions.RELEASE
DEPARTED = timedelta(hours=44)  # the close of 16 July, the departure date
Decide = Callable[..., NoShowRecord]


@pytest.fixture
def review(hotel: Hotel, now: datetime) -> Callable[..., NoShowRecord]:
    """A room with another room of its booking in house, as its record under review."""

    def make(**fields: Any) -> NoShowRecord:
        there = missed(hotel, status="CHECKED_IN")
        absent = missed(hotel, booking=there.booking, **fields)
        check(hotel, now)
        return NoShowRecord.objects.get(booking_room=absent)

    return make


@pytest.fixture
def departed(hotel: Hotel, now: datetime) -> Callable[..., NoShowRecord]:
    """A room held until its departure date had passed, as its record under review."""

    def make(**fields: Any) -> NoShowRecord:
        absent = missed(hotel, **{"staff_hold": True} | fields)
        check(hotel, now + DEPARTED)
        return NoShowRecord.objects.get(booking_room=absent)

    return make


@pytest.fixture
def decide(now: datetime) -> Decide:
    """Carry out a decision by some user, once the departure date has passed or at a given time."""

    def carry_out(
        decision: manager_actions.ManagerAction,
        record: NoShowRecord,
        *,
        later: timedelta = timedelta(hours=1),
        **options: Any,
    ) -> NoShowRecord:
        options = {"user": UserFactory(), "note": "He never came."} | options
        return decision.carry_out(record=record, now=now + later, **options)

    return carry_out


def effects_of(room: BookingRoom) -> dict[str, Any]:
    """Status, nights, folio and fee of a room, without keys and texts."""
    room.refresh_from_db()
    folio = Folio.objects.get(pk=room.folio_id)
    return {
        "status": room.status,
        "nights": list(room.nights.order_by("date").values_list("date", "released")),
        "folio": (folio.status, folio.completed_at),
        "lines": list(
            folio.lines.values_list("category", "net", "tax", "gross", "tax_rate", "business_date")
        ),
    }


class TestCharge:
    def test_a_room_under_review_becomes_a_no_show_with_its_fee(self, review, decide) -> None:
        record = decide(CHARGE, review())

        assert status_of(record.booking_room) == "NO_SHOW"
        assert (record.outcome, record.rule, record.fee_amount) == (
            "APPLIED",
            "charged-by-decision",
            100,
        )
        assert record.fee_line == FolioLine.objects.get()
        assert record.reason.startswith(
            "The guest did not arrive, and it was decided to charge the no-show fee. "
            "The fee is 100.00 EUR: 1 night, under the policy"
        )

    def test_the_effects_are_those_of_the_automatic_check(self, hotel, review, decide, now) -> None:
        policy = PolicyFactory(hotel=hotel, penalty_type="PERCENT", penalty_value=75, taxed=True)
        decided = review(policy=policy, nights_count=4).booking_room
        automatic = missed(hotel, policy=policy, nights_count=4)
        check(hotel, now + timedelta(hours=1))

        decide(CHARGE, decided.no_show_records.get())

        assert effects_of(decided) == effects_of(automatic)

    def test_both_records_say_who_decided_when_and_why(self, review, decide, now) -> None:
        anna = UserFactory()

        decide(CHARGE, review(), user=anna)

        for record in NoShowRecord.objects.all():
            assert (record.decided_by, record.decision_note) == (anna, "He never came.")
            assert record.decided_at == now + timedelta(hours=1)
        assert set(NoShowRecord.objects.values_list("outcome", flat=True)) == {
            "APPLIED",
            "REVERSED",
        }

    @pytest.mark.parametrize(("decision", "verb"), [(CHARGE, "charge"), (RELEASE, "release")])
    def test_the_audit_trail_has_one_entry(
        self, review, decide, decision: manager_actions.ManagerAction, verb: str
    ) -> None:
        record = review()

        decide(decision, record)

        entry = AuditEntry.objects.get()
        assert (entry.verb, entry.note, entry.object_id) == (
            verb,
            "He never came.",
            str(record.pk),
        )

    def test_a_departed_room_is_charged_for_its_past_nights(self, hotel, departed, decide) -> None:
        policy = PolicyFactory(hotel=hotel, penalty_type="FULL_STAY")

        record = decide(CHARGE, departed(policy=policy), later=DEPARTED)

        assert (record.fee_amount, record.nights_freed) == (200, 0)
        assert Folio.objects.get().status == "COMPLETED"

    def test_a_deposit_on_another_folio_pays_the_fee(self, departed, decide) -> None:
        record = departed()
        other = FolioFactory(booking=record.booking_room.booking)
        PaymentFactory(folio=other, amount=Decimal(130), is_deposit=True)

        record = decide(CHARGE, record, later=DEPARTED)

        assert (record.fee_line.folio, record.deposit_surplus) == (other, 30)

    def test_the_freed_nights_are_available_again(self, hotel, review, decide, now) -> None:
        record = review(room=RoomFactory(hotel=hotel))
        availability.recalculate(hotel=hotel, now=now)

        decide(CHARGE, record)

        row = RoomAvailability.objects.get(date=TODAY, room_type=record.booking_room.room_type)
        assert row.available_rooms == 1

    def test_without_a_guarantee_there_is_no_fee_to_charge(self, hotel, departed, decide) -> None:
        record = departed(policy=PolicyFactory(hotel=hotel, guaranteed=False))
        before = every_row()

        with pytest.raises(ReversalRefused, match="not guaranteed"):
            decide(CHARGE, record, later=DEPARTED, user=User.objects.create(username="x"))

        User.objects.all().delete()
        assert every_row() == before

    def test_a_deposit_that_covers_the_first_night_can_be_charged(
        self, hotel, departed, decide
    ) -> None:
        record = departed(policy=PolicyFactory(hotel=hotel, guaranteed=False))
        PaymentFactory(folio=record.booking_room.folio, amount=Decimal(100))

        assert decide(CHARGE, record, later=DEPARTED).fee_amount == 100

    def test_unreadable_terms_cannot_be_charged(self, departed, decide) -> None:
        record = departed(no_show_terms={"policy": "?"})

        with pytest.raises(ReversalRefused, match="cannot be calculated"):
            decide(CHARGE, record, later=DEPARTED)

    def test_the_fee_can_be_waived_afterwards(self, review, decide) -> None:
        record = decide(CHARGE, review())

        record = decide(manager_actions.WAIVE, record)

        assert record.outcome == "WAIVED"
        assert sum(FolioLine.objects.values_list("gross", flat=True)) == 0

    def test_the_guest_can_be_reinstated_afterwards(self, hotel, review, decide) -> None:
        record = decide(CHARGE, review(room=RoomFactory(hotel=hotel)))

        decide(manager_actions.REINSTATE, record)

        assert status_of(record.booking_room) == "CONFIRMED"

    def test_the_check_does_not_pick_the_room_up_again(self, hotel, departed, decide, now) -> None:
        decide(CHARGE, departed(), later=DEPARTED)
        before = every_row()

        check(hotel, now + DEPARTED + timedelta(days=40))

        assert every_row() == before


class TestRelease:
    @pytest.mark.parametrize("guaranteed", [True, False])
    def test_a_room_is_released_without_a_fee(
        self, hotel, departed, decide, guaranteed: bool
    ) -> None:
        policy = PolicyFactory(hotel=hotel, guaranteed=guaranteed)

        record = decide(RELEASE, departed(policy=policy), later=DEPARTED)

        assert status_of(record.booking_room) == "RELEASED"
        assert (record.outcome, record.rule) == ("RELEASED", "released-by-decision")
        assert not FolioLine.objects.exists()
        assert Folio.objects.get().status == "VOID"

    def test_the_effects_are_those_of_the_automatic_check(self, hotel, review, decide, now) -> None:
        policy = PolicyFactory(hotel=hotel, guaranteed=False)
        decided = review(policy=policy, nights_count=4).booking_room
        automatic = missed(hotel, policy=policy, nights_count=4)
        check(hotel, now + timedelta(hours=1))

        decide(RELEASE, decided.no_show_records.get())

        assert effects_of(decided) == effects_of(automatic)

    def test_a_deposit_becomes_a_surplus(self, departed, decide) -> None:
        record = departed()
        PaymentFactory(folio=record.booking_room.folio, amount=Decimal(70), is_deposit=True)

        assert decide(RELEASE, record, later=DEPARTED).deposit_surplus == 70

    def test_unreadable_terms_do_not_prevent_a_release(self, departed, decide) -> None:
        record = decide(RELEASE, departed(no_show_terms={}), later=DEPARTED)

        assert status_of(record.booking_room) == "RELEASED"

    def test_a_wrong_release_is_reinstated_like_any_other(self, hotel, review, decide) -> None:
        record = decide(RELEASE, review(room=RoomFactory(hotel=hotel)))

        decide(manager_actions.REINSTATE, record)

        assert status_of(record.booking_room) == "CONFIRMED"


class TestKeep:
    def test_a_room_whose_departure_date_has_passed_cannot_be_kept(self, departed, decide) -> None:
        record = departed()

        with pytest.raises(ReversalRefused, match=r"departure date \(16 Jul 2026\) has passed"):
            decide(manager_actions.KEEP, record, later=DEPARTED)

        assert NoShowRecord.objects.get().outcome == "REVIEW"

    def test_a_room_is_kept_until_its_departure_date_is_closed(self, review, decide) -> None:
        record = decide(manager_actions.KEEP, review(), later=DEPARTED - timedelta(seconds=1))

        assert record.outcome == "REVERSED"


class TestRefusals:
    @pytest.mark.parametrize("decision", [CHARGE, RELEASE])
    def test_only_a_room_under_review_is_decided(
        self, hotel, now, decide, decision: manager_actions.ManagerAction
    ) -> None:
        missed(hotel)
        check(hotel, now)

        with pytest.raises(ReversalRefused, match="No decision is needed"):
            decide(decision, NoShowRecord.objects.get())

    @pytest.mark.parametrize("decision", [CHARGE, RELEASE])
    @pytest.mark.parametrize("status", ["CHECKED_IN", "CANCELLED"])
    def test_a_room_no_longer_confirmed_is_refused(
        self, review, decide, decision: manager_actions.ManagerAction, status: str, now
    ) -> None:
        record = review()
        BookingRoom.objects.update(status=status, checked_in_at=now)

        with pytest.raises(ReversalRefused, match="Its status is now"):
            decide(decision, record)

    @pytest.mark.parametrize("decision", [CHARGE, RELEASE])
    @pytest.mark.parametrize("change", ["arrival_date", "eta"])
    def test_a_room_whose_arrival_was_changed_is_left_to_the_check(
        self, review, decide, decision: manager_actions.ManagerAction, change: str, now
    ) -> None:
        record = review()
        value = TODAY if change == "arrival_date" else now + timedelta(hours=5)
        BookingRoom.objects.filter(pk=record.booking_room_id).update(**{change: value})

        with pytest.raises(ReversalRefused, match="The arrival of this room was changed"):
            decide(decision, record)


class TestPreview:
    @pytest.mark.parametrize("decision", [CHARGE, RELEASE, manager_actions.KEEP])
    def test_a_preview_changes_nothing(
        self, review, now, decision: manager_actions.ManagerAction
    ) -> None:
        record, user = review(), UserFactory()
        before = every_row()

        preview_action(decision=decision, record=record, user=user, now=now)

        assert every_row() == before

    def test_it_has_the_fee_and_what_the_deposit_pays_of_it(self, review, now) -> None:
        record = review()
        PaymentFactory(folio=record.booking_room.folio, amount=Decimal(30), is_deposit=True)

        preview = preview_action(decision=CHARGE, record=record, user=UserFactory(), now=now)

        assert preview.fee_line is not None
        assert (preview.fee_line.gross, preview.paid) == (100, 30)
        assert (preview.record.nights_freed, preview.left_open) == (1, None)

    def test_it_has_the_folio_that_staff_must_settle_after_a_release(self, review, now) -> None:
        record = review()
        PaymentFactory(folio=record.booking_room.folio, amount=Decimal(30), is_deposit=True)

        preview = preview_action(decision=RELEASE, record=record, user=UserFactory(), now=now)

        assert preview.left_open == record.booking_room.folio
        assert (preview.fee_line, preview.record.deposit_surplus) == (None, 30)

    def test_it_has_the_refusal(self, departed, now) -> None:
        preview = preview_action(
            decision=manager_actions.KEEP,
            record=departed(),
            user=UserFactory(),
            now=now + DEPARTED,
        )

        assert "cannot be kept" in preview.refused


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "pair", [("charge", "charge"), ("charge", "release"), ("release", "keep"), ("charge", "keep")]
)
def test_two_managers_at_the_same_time_decide_once(hotel, now, pair: tuple[str, str]) -> None:
    """Needs two transactions at the same time, which SQLite does not have."""
    absent = missed(hotel, booking=missed(hotel, status="CHECKED_IN").booking)
    check(hotel, now)
    record, user = NoShowRecord.objects.get(), UserFactory()

    def work(name: str) -> str:
        try:
            decision = manager_actions.DECISIONS[name]
            return decision.carry_out(record=record, user=user, now=now).outcome
        except ReversalRefused:
            return "refused"

    outcomes = run_together(*(partial(work, name) for name in pair))

    assert outcomes.count("refused") == 1
    assert absent.no_show_records.exclude(outcome="REVERSED").count() <= 1
    assert FolioLine.objects.count() == (status_of(absent) == "NO_SHOW")
    assert AuditEntry.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_decision_and_a_check_at_the_same_time_end_the_stay_once(hotel, now) -> None:
    """Needs two transactions at the same time, which SQLite does not have."""
    absent = missed(hotel, staff_hold=True)
    later = now + DEPARTED
    check(hotel, later)
    record, user = NoShowRecord.objects.get(), UserFactory()
    BookingRoom.objects.update(staff_hold=False)

    run_together(
        lambda: check(hotel, later + timedelta(hours=2)) and None,
        lambda: CHARGE.carry_out(record=record, user=user, now=later) and None,
    )

    assert status_of(absent) == "NO_SHOW"
    assert FolioLine.objects.count() == 1
