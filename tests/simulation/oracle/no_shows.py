"""The no-show check (rule 3): deadlines, verdicts, and what each verdict writes."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.simulation.oracle import availability, dates, deposits, fees
from tests.simulation.oracle.amounts import ZERO, Split
from tests.simulation.oracle.books import Books, Folio, Line, Record, Stay

ETA_GRACE = timedelta(hours=2)
STATUS = {"APPLIED": "NO_SHOW", "RELEASED": "RELEASED"}
NOTHING = Split(ZERO, ZERO, ZERO)


@dataclass(kw_only=True, eq=False)
class Verdict:
    """A decision about a room; `guaranteed_by` is the deposit that guarantees it, if one does."""

    stay: Stay
    outcome: str
    rule: str
    deadline: datetime
    fee: Split = NOTHING
    rate: Decimal = ZERO
    guaranteed_by: Decimal | None = None


def deadline(books: Books, stay: Stay, *, guaranteed: bool) -> datetime:
    """The instant from which the guest counts as not arrived."""
    if guaranteed:
        due = books.closes(stay.arrival)
    else:
        # Silent: a release time up to day close belongs to the end of the arrival day.
        late = stay.terms.release <= books.close
        day = stay.arrival + dates.DAY if late else stay.arrival
        due = dates.instant(books.zone, day, stay.terms.release, True)
    return max(due, stay.booking.booked_at + timedelta(minutes=stay.terms.grace))


def activity(stay: Stay, now: datetime) -> bool:
    """True if the guest has arrived or is about to."""
    charged = any(
        _is_for(line, folio, stay)
        and line.category in ("ROOM", "EXTRA")
        and line.amounts.gross >= 0
        and line.reverses is None
        and not line.reversed
        and line.day >= stay.arrival
        for folio in stay.booking.folios
        for line in folio.lines
    )
    expected = stay.eta is not None and stay.eta + ETA_GRACE > now
    return bool(stay.in_at or stay.key_at or charged or stay.hold or expected)


def _is_for(line: Line, folio: Folio, stay: Stay) -> bool:
    """Silent: a charge without a room is for the only room on its folio."""
    users = [each for each in folio.stays if each.status not in ("CANCELLED", *STATUS.values())]
    return line.stay is stay or (line.stay is None and users == [stay])


def judge(books: Books, stay: Stay, now: datetime, deposit: Decimal | None) -> Verdict | None:
    """The verdict about one room, or None if nothing is decided now."""
    guaranteed = stay.terms.guaranteed or deposit is not None
    due = deadline(books, stay, guaranteed=guaranteed)
    departed = stay.departure < books.today(now)
    if stay.status == "TENTATIVE":
        # Silent: a tentative room ends with its departure date.
        return _verdict(stay, "RELEASED", "release-tentative", due) if departed else None
    last = stay.records[-1] if stay.records else None
    decided = last is not None and (last.arrival, last.eta) == (stay.arrival, stay.eta)
    if activity(stay, now) or due > now or decided:
        waits = decided and last is not None and last.outcome == "REVIEW"
        if departed and not waits:
            return _verdict(stay, "REVIEW", "review-departure-passed", due)
        return None
    if any(other.status == "CHECKED_IN" for other in stay.booking.stays):
        return _verdict(stay, "REVIEW", "review-others-in-house", due)
    if not guaranteed:
        return _verdict(stay, "RELEASED", "release-not-guaranteed", due)
    return charged(books, stay, due, deposit)


def charged(books: Books, stay: Stay, due: datetime, deposit: Decimal | None) -> Verdict:
    """The no-show with its fee."""
    rule = "no-show-guaranteed" if deposit is None else "no-show-guaranteed-by-deposit"
    fee, rate = fees.fee_of(books, stay, deposit)
    return replace(_verdict(stay, "APPLIED", rule, due), fee=fee, rate=rate, guaranteed_by=deposit)


def _verdict(stay: Stay, outcome: str, rule: str, due: datetime) -> Verdict:
    return Verdict(stay=stay, outcome=outcome, rule=rule, deadline=due)


def check(books: Books, now: datetime) -> None:
    """Run the check: decide about every room first, then write."""
    today = books.today(now)
    verdicts = []
    for stay in sorted(books.stays, key=lambda each: each.pk):
        candidate = stay.status == "CONFIRMED" or (
            stay.status == "TENTATIVE" and stay.departure < today
        )
        if candidate and stay.arrival <= today:
            deposit = deposits.guaranteed(books, stay.booking).get(stay)
            verdict = judge(books, stay, now, deposit)
            if verdict is not None:
                verdicts.append(verdict)
    apply(books, verdicts, now)
    for stay in books.stays:
        for record in stay.records:
            if record.outcome == "REVIEW" and _outdated(record, stay, today):
                record.outcome = "REVERSED"


def _outdated(record: Record, stay: Stay, today: date) -> bool:
    moved = (record.arrival, record.eta) != (stay.arrival, stay.eta)
    # Silent: with the departure passed, a decision is needed whatever the arrival is now.
    return stay.status != "CONFIRMED" or (moved and stay.departure >= today)


def apply(books: Books, verdicts: list[Verdict], now: datetime) -> list[Record]:
    """Write the verdicts: folios, fees, records, statuses, nights, availability."""
    today = books.today(now)
    homes = deposits.fee_folios(books, [v for v in verdicts if v.outcome in STATUS])
    left: list[Folio] = []
    records: list[tuple[Stay, Record]] = []
    for verdict in verdicts:
        stay = verdict.stay
        if verdict.outcome in STATUS and homes[stay] is not stay.folio:
            left += [stay.folio] if stay.folio is not None and stay.folio.status == "OPEN" else []
            stay.folio = homes[stay] or stay.folio
        records.append((stay, _record(verdict, today)))
    freed: list[tuple[Stay, date]] = []
    for verdict, (stay, record) in zip(verdicts, records, strict=True):
        stay.status = STATUS.get(verdict.outcome, stay.status)
        if verdict.outcome in STATUS or stay.departure < today:
            for day, night in sorted(stay.nights.items()):
                if day >= today and not night.released:
                    night.released = True
                    record.freed += 1
                    freed.append((stay, day))
    for stay, day in freed:
        availability.refresh(
            books, availability.kind_of(books, stay, day, books.today(now)), day, now
        )
    _settle(records, left, now)
    return [record for _, record in records]


def _record(verdict: Verdict, today: date) -> Record:
    stay = verdict.stay
    for old in stay.records[-1:]:
        old.outcome = "REVERSED"
    record = Record(
        outcome=verdict.outcome,
        rule=verdict.rule,
        deadline=verdict.deadline,
        arrival=stay.arrival,
        eta=stay.eta,
        day=today,
        fee=verdict.fee.gross,
    )
    if verdict.fee.gross:
        assert stay.folio is not None
        record.line = Line(
            stay=stay, day=today, category="NO_SHOW_FEE", rate=verdict.rate, amounts=verdict.fee
        )
        stay.folio.lines.append(record.line)
    stay.records.append(record)
    return record


def _settle(records: list[tuple[Stay, Record]], left: list[Folio], now: datetime) -> None:
    """Close the folios that no room uses any more; note what was paid beyond the fee."""
    ended: dict[Folio, list[Record]] = {folio: [] for folio in left}
    for stay, record in records:
        if stay.folio is not None:
            ended.setdefault(stay.folio, []).append(record)
    for folio, found in ended.items():
        if folio.status != "OPEN" or folio.staying:
            continue
        slept = any(stay.status == "CHECKED_OUT" for stay in folio.stays)
        if slept or any(record.outcome == "APPLIED" for record in found):
            folio.status, folio.completed_at = "COMPLETED", now
        elif not folio.lines and not folio.payments:
            folio.status = "VOID"
        surplus = deposits.unspent(folio)
        if surplus and found:
            found[-1].surplus = surplus
