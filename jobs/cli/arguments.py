"""Command-line arguments: parsing, and the errors that a command raises."""

import difflib
from datetime import datetime

from django.core.management.base import CommandError

from hotels.models import Hotel
from hotels.parsing import YEARS, parse_whole_number
from jobs import registry
from jobs.base import Job
from jobs.registry import UnknownJob

WRONG_USAGE = 2


class UsageError(CommandError):
    """Wrong usage: one clear sentence, exit code 2."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=WRONG_USAGE)


class FailedHotels(CommandError):
    """At least one hotel failed or had problems; the others were still run. Exit code 1."""


def parse_instant(text: str) -> datetime:
    """Parse an ISO 8601 instant with a UTC offset, such as 2026-07-01T03:30:00Z.

    Raises UsageError when the text is no instant, has no offset, or lies outside YEARS.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not an ISO 8601 instant such as 2026-07-01T03:30:00Z."
        ) from None
    if at.tzinfo is None:
        day, time = f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}"
        raise UsageError(f"{text!r} has no UTC offset: write {day}T{time}Z or {day}T{time}+01:00.")
    if at.year not in YEARS:
        raise UsageError(f"{text!r} is not within the years {YEARS[0]} to {YEARS[-1]}.")
    return at


def parse_option_number(text: str, *, option: str, smallest: int, largest: int) -> int:
    """Parse a whole number; raises UsageError when it is not from `smallest` to `largest`."""
    number = parse_whole_number(text, least=smallest, most=largest)
    if number is None:
        raise UsageError(
            f"{option} must be a whole number from {smallest} to {largest}, not {text!r}."
        )
    return number


def parse_job(name: str) -> Job:
    """Return the job of that name; raises UsageError, which suggests similar names."""
    try:
        return registry.get(name)
    except UnknownJob as error:
        sentence = str(error)
        raise UsageError(f"{sentence[0].upper()}{sentence[1:].removesuffix('?')}.") from None


def choose_hotels(codes: list[str] | None) -> list[Hotel]:
    """Return the hotels with these codes, or all active hotels when no code is given.

    Raises UsageError for an unknown code, suggesting similar codes, and for an inactive hotel.
    """
    active = Hotel.objects.filter(active=True)
    if not codes:
        return list(active)
    known = {hotel.code: hotel for hotel in Hotel.objects.filter(code__in=codes)}
    chosen: dict[str, Hotel] = {}
    for code in codes:
        if code not in known:
            others = Hotel.objects.values_list("code", flat=True)
            near = difflib.get_close_matches(code.lower(), list(others), n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            raise UsageError(f"There is no hotel {code!r}{hint}")
        if not known[code].active:
            raise UsageError(f"The hotel {code!r} is not active, so no job runs for it.")
        chosen[code] = known[code]
    return list(chosen.values())
