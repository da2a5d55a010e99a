"""No-show check: charges and releases no-shows, every two hours (domain rule 3)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from hotels import money
from hotels.billing.currencies import totals_by_currency, totals_in_english
from hotels.bulk import in_one_line
from hotels.i18n import counted
from hotels.models import BookingRoom, NoShowRecord
from hotels.no_shows import candidates, mails
from hotels.no_shows.apply import (
    AppliedVerdicts,
    apply_verdicts,
    close_outdated_reviews,
    lock_reviews,
)
from hotels.no_shows.verdicts import Outcome, UnchangedRoom, Verdict, reach_verdict
from jobs import result_fields as fields
from jobs.base import JobContext, JobResult, Problem, Reference
from jobs.registry import job
from jobs.result_fields import result_dataclass

TOPICS = {
    Outcome.APPLIED: "no-show",
    Outcome.RELEASED: "room-released",
    Outcome.REVIEW: "no-show-review",
}


@result_dataclass
class SkippedRoom:
    """A room past its deadline that was not changed, and the reason."""

    booking_room: str = fields.text(_("Reserved room"))
    reason: str = fields.text(_("Reason"))
    reference: Reference | None = fields.reference(default=None)


@result_dataclass
class NoShowCase:
    """A no-show record that a user should look at, named by its reserved room."""

    booking_room: str = fields.text(_("Reserved room"))
    reference: Reference | None = fields.reference(default=None)


@result_dataclass
class NoShowResult(JobResult):
    """Counts of reserved rooms, not of bookings.

    `rooms_freed` have at least one night that can be sold again; `total_penalty` is the sum of the
    no-show fees, tax included, in `currency`. `other_fees` are those in other currencies: of stays
    booked before the hotel changed its currency. `cases` are the records that the lines about
    decisions and deposits name.
    """

    no_shows_detected: int = fields.count(_("No-shows"))
    penalties_applied: int = fields.count(_("Fees charged"))
    rooms_freed: int = fields.count(_("Rooms freed"))
    released: int = fields.count(_("Released without a fee"))
    review: int = fields.count(_("Decisions needed"))
    total_penalty: Decimal = fields.money(_("Total fees"))
    currency: str = fields.hidden()
    skipped: tuple[SkippedRoom, ...] = fields.table(_("Skipped"), row=SkippedRoom, default=())
    cases: tuple[NoShowCase, ...] = fields.hidden(default=())
    notes: tuple[str, ...] = fields.not_stored(default=())
    other_fees: tuple[tuple[str, Decimal], ...] = fields.not_stored(default=())

    change_labels = {
        "no-show": _("no-shows"),
        "room-released": _("rooms released without a fee"),
        "no-show-review": _("no-shows that need a decision"),
        "no-show-review-closed": _("decisions no longer needed"),
        "folio completed": _("folios completed"),
        "folio void": _("folios voided"),
        "availability": _("nights updated"),
    }

    def summary(self) -> str:
        """`3 no-shows, fees 412.00 EUR, 2 rooms freed`; without parts that are zero."""
        no_shows = self.no_shows_detected
        if not (no_shows or self.rooms_freed or self.released or self.review):
            return "No no-shows"
        fees = {self.currency: self.total_penalty} if self.total_penalty else {}
        fees |= dict(self.other_fees)
        others = {
            f"fees {totals_in_english(fees)}": len(fees),
            f"{counted(self.rooms_freed, 'room')} freed": self.rooms_freed,
            f"{self.released:,} released without a fee": self.released,
            f"{counted(self.review, 'decision')} needed": self.review,
        }
        return ", ".join(
            [
                counted(no_shows, "no-show") if no_shows else "No no-shows",
                *(part for part, number in others.items() if number),
            ]
        )

    def attention(self) -> tuple[str, ...]:
        """The problems, the decisions needed, the folios still open and the deposit surpluses."""
        return (*super().attention(), *self.notes)


@job(
    name="check-no-shows",
    schedule="0 */2 * * *",
    title=_("No-show check"),
    dated_effects=True,
)
def check_and_process_no_shows(context: JobContext) -> NoShowResult:
    """Charge guaranteed no-shows, release unguaranteed rooms, mark the rest for a decision."""
    hotel, now = context.hotel, context.now
    due = candidates.find_overdue(hotel=hotel, now=now)
    problems = [_problem(item.room, item.error) for item in due.unreadable]
    verdicts: list[Verdict] = []
    skipped: list[UnchangedRoom] = []
    locked = candidates.lock(hotel=hotel, due=due.rooms, now=now)
    for candidate in locked:
        try:
            verdict = reach_verdict(candidate=candidate, hotel=hotel, now=now)
        except Exception as error:  # noqa: BLE001  a room that fails must not stop the others
            problems.append(_problem(candidate.room, error))
            continue
        if isinstance(verdict, Verdict):
            verdicts.append(verdict)
        else:
            skipped.append(verdict)
    if due.has_reviews:
        lock_reviews(hotel=hotel)
    applied = apply_verdicts(
        hotel=hotel, decisions=verdicts, now=now, checkpoint=context.checkpoint
    )
    problems += [
        _problem(failure.row.candidate.room, failure.error) for failure in applied.failures
    ]
    closed = close_outdated_reviews(hotel=hotel, now=now) if due.has_reviews else []
    context.changed("no-show-review-closed", closed)
    _report_changes(context, applied)
    return _result(context, applied, closed=closed, skipped=skipped, problems=problems)


def _result(
    context: JobContext,
    applied: AppliedVerdicts,
    *,
    closed: Sequence[NoShowRecord],
    skipped: Iterable[UnchangedRoom],
    problems: Iterable[Problem],
) -> NoShowResult:
    currency = context.hotel.currency
    fees = totals_by_currency((r.currency, r.fee_amount) for r in applied.records if r.fee_amount)
    outcomes = Counter(record.outcome for record in applied.records)
    reviews = (record for record in applied.records if record.outcome == Outcome.REVIEW)
    return NoShowResult(
        hotel_id=context.hotel.pk,
        problems=tuple(problems),
        done=len(applied.records) + len(closed),
        no_shows_detected=outcomes[Outcome.APPLIED],
        penalties_applied=sum(record.fee_amount > 0 for record in applied.records),
        rooms_freed=sum(record.nights_freed > 0 for record in applied.records),
        released=outcomes[Outcome.RELEASED],
        review=outcomes[Outcome.REVIEW],
        total_penalty=fees.pop(currency, money.total((), currency=currency)),
        currency=currency,
        other_fees=tuple(fees.items()),
        skipped=tuple(
            SkippedRoom(
                booking_room=str(item.candidate.room),
                reason=item.reason,
                reference=Reference.to(item.candidate.room),
            )
            for item in skipped
        ),
        cases=tuple(
            NoShowCase(booking_room=str(record.booking_room), reference=Reference.to(record))
            for record in applied.records
            if record.outcome == Outcome.REVIEW or record.deposit_surplus
        ),
        notes=(
            *(f"{record.booking_room}: {record.reason}" for record in reviews),
            *applied.settled.needs_attention,
            *applied.unused_deposits,
        ),
    )


def _report_changes(context: JobContext, applied: AppliedVerdicts) -> None:
    for record in applied.records:
        context.changed(TOPICS[Outcome(record.outcome)], [record], note=record.reason)
    context.changed("folio completed", applied.settled.completed)
    context.changed("folio void", applied.settled.voided)
    context.changed("availability", applied.availability)
    hotel, now = context.hotel, context.now
    digest = mails.digest_mail(applied.records, hotel=hotel, now=now)
    for mail in (digest, *mails.decision_mails(applied.records, hotel=hotel, now=now)):
        if mail is not None:
            context.notify(mail)


def _problem(room: BookingRoom, error: Exception) -> Problem:
    return Problem(what=str(room), reason=in_one_line(error), reference=Reference.to(room))
