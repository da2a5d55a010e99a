"""No-show check: rooms whose guest did not come in time, every two hours (domain rule 3)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from hotels import money
from hotels.bulk import in_one_line
from hotels.models import NoShowRecord
from hotels.no_shows import cases, messages
from hotels.no_shows.apply import AppliedVerdicts, apply_verdicts
from hotels.no_shows.verdicts import LeftAlone, Outcome, Verdict, reach_verdict
from jobs.base import JobContext, JobResult, Notice, Problem
from jobs.registry import job

TOPICS = {
    Outcome.APPLIED: "no-show",
    Outcome.RELEASED: "room-released",
    Outcome.REVIEW: "no-show-review",
}


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A room past its deadline that was left alone, and why."""

    booking_room: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class NoShowResult(JobResult):
    """Rooms of bookings, not bookings. `rooms_freed` are those with at least one night to sell
    again; `total_penalty` is what the guests owe for it, tax included, in `currency`.
    """

    no_shows_detected: int
    penalties_applied: int
    rooms_freed: int
    released: int
    review: int
    total_penalty: Decimal
    currency: str
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    not_sent: ClassVar[frozenset[str]] = frozenset({"handled", "notes"})

    def words(self) -> str:
        """`3 no-shows, fees 412.00 EUR, 2 rooms freed`."""
        fees = money.amount_in_english(self.total_penalty, currency=self.currency)
        parts = [
            _count(self.no_shows_detected, "no-show"),
            f"fees {fees}",
            f"{_count(self.rooms_freed, 'room')} freed",
        ]
        parts += [f"{self.released} released"] if self.released else []
        parts += [f"{self.review} to review"] if self.review else []
        return ", ".join(parts)

    def attention(self) -> tuple[str, ...]:
        """The problems, what the front desk must decide, folios and deposits left over."""
        return (*super().attention(), *self.notes)


@job(name="check-no-shows", schedule="0 */2 * * *", title=_("No-show check"))
def check_and_process_no_shows(context: JobContext) -> NoShowResult:
    """Charge guaranteed no-shows, release what was not guaranteed, lay the rest before a person."""
    hotel, now = context.hotel, context.now
    due = cases.find_overdue(hotel=hotel, now=now)
    problems = [_problem(item.room, item.error) for item in due.unreadable]
    decisions: list[Verdict] = []
    left: list[LeftAlone] = []
    locked = cases.lock(hotel=hotel, due=due.rooms, now=now)
    for case in locked:
        try:
            judged = reach_verdict(case=case, hotel=hotel, now=now)
        except Exception as error:  # noqa: BLE001  one room that cannot be judged stops no other
            problems.append(_problem(case.room, error))
            continue
        if isinstance(judged, Verdict):
            decisions.append(judged)
        else:
            left.append(judged)
    done = apply_verdicts(hotel=hotel, decisions=decisions, now=now, checkpoint=context.checkpoint)
    problems += [_problem(failure.row.case.room, failure.error) for failure in done.failures]
    _announce(context, done)
    return _result(
        context,
        done,
        left=left,
        problems=problems,
        handled=due.waiting + len(due.rooms) - len(locked) + len(left) + len(done.records),
    )


def _result(
    context: JobContext,
    done: AppliedVerdicts,
    *,
    left: Iterable[LeftAlone],
    problems: Iterable[Problem],
    handled: int,
) -> NoShowResult:
    currency = context.hotel.currency
    outcomes = Counter(record.outcome for record in done.records)
    reviews = (record for record in done.records if record.outcome == Outcome.REVIEW)
    return NoShowResult(
        hotel_id=context.hotel.pk,
        problems=tuple(problems),
        handled=handled,
        no_shows_detected=outcomes[Outcome.APPLIED],
        penalties_applied=sum(record.fee_amount > 0 for record in done.records),
        rooms_freed=sum(record.nights_freed > 0 for record in done.records),
        released=outcomes[Outcome.RELEASED],
        review=outcomes[Outcome.REVIEW],
        total_penalty=money.total((r.fee_amount for r in done.records), currency=currency),
        currency=currency,
        skipped=tuple(
            Skipped(booking_room=str(item.case.room), reason=item.reason) for item in left
        ),
        notes=(
            *(f"{record.booking_room}: {record.reason}" for record in reviews),
            *done.settled.for_a_person,
        ),
    )


def _announce(context: JobContext, done: AppliedVerdicts) -> None:
    for record in done.records:
        context.changed(TOPICS[Outcome(record.outcome)], [record], note=record.reason)
        _notify(context, record)
    context.changed("folio completed", done.settled.completed)
    context.changed("folio void", done.settled.voided)
    context.changed("availability", done.availability)


def _notify(context: JobContext, record: NoShowRecord) -> None:
    hotel, guest = context.hotel, record.booking_room.booking.guest
    notices = [("front desk", hotel.email, messages.to_front_desk(record, hotel=hotel))]
    if guest.email and record.outcome != Outcome.REVIEW:
        notices.append(("guest", guest.email, messages.to_guest(record, hotel=hotel)))
    for audience, recipient, message in notices:
        context.notify(
            Notice(
                key=f"no-show:{record.pk}:{audience}",
                topic=TOPICS[Outcome(record.outcome)],
                audience=audience,
                recipient=recipient,
                subject=message.subject,
                body=message.body,
                payload={"noShowRecord": record.pk, "bookingRoom": record.booking_room_id},
            )
        )


def _problem(room: object, error: Exception) -> Problem:
    return Problem(what=str(room), reason=in_one_line(error))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
