"""What holds for jobs in hotels, for pages that look back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hotels.audit import Verb
from hotels.models import AuditEntry, Hotel
from jobs.base import Job
from jobs.models import JobSchedule
from jobs.scheduling import EffectiveSchedule, effective_schedules


def schedules_in_effect(*, hotels: Sequence[Hotel], jobs: Sequence[Job]) -> list[EffectiveSchedule]:
    """As `effective_of`, but a declared schedule counts from where an own one was removed.

    Slots before that were due by the one that is gone, and nobody missed the declared ones. Two
    queries.
    """
    removed = _removed(hotels)
    return [
        terms
        if terms.own
        else replace(terms, counts_from=removed.get((terms.hotel_id, terms.job_name)))
        for terms in effective_schedules(hotels=hotels, jobs=jobs)
    ]


def _removed(hotels: Sequence[Hotel]) -> dict[tuple[int | None, str], datetime]:
    """When the last own schedule of a job was removed, where one was: the audit trail knows."""
    entries = AuditEntry.objects.filter(
        model=JobSchedule._meta.label_lower, verb=Verb.DELETE, hotel__in=hotels
    )
    rows = entries.order_by("at", "pk").values_list("hotel_id", "before", "at")
    return {(hotel_id, before.get("job_name", "")): at for hotel_id, before, at in rows}
