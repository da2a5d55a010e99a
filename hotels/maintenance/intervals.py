"""The shortest interval of a hotel's maintenance plans."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, F, Q, When, Window
from django.db.models.functions import Cast, RowNumber

from hotels.models import Hotel, MaintenancePlan

# The most days of a unit: a job that runs monthly is often enough for a monthly plan.
MOST_DAYS = {"DAYS": 1, "WEEKS": 7, "MONTHS": 31, "YEARS": 366}


@dataclass(frozen=True, kw_only=True)
class ShortestInterval:
    """The plan of a hotel that is due most often: every `days` days at the most."""

    days: int
    plan: str


def shortest_intervals(*, hotels: Iterable[Hotel]) -> dict[int, ShortestInterval]:
    """The active plan that is due most often, by hotel id; in one query that returns a row each.

    Plans of retired equipment and with an interval that is not positive do not count.
    """
    rows = (
        MaintenancePlan.objects.filter(
            Q(equipment__retired_date=None), equipment__hotel__in=hotels, active=True
        )
        .filter(interval_value__gt=0)
        .annotate(days=_days())
        .annotate(
            place=Window(RowNumber(), partition_by=F("equipment__hotel"), order_by=["days", "pk"])
        )
        .filter(place=1)
        .values_list("equipment__hotel", "days", "equipment__name", "name")
    )
    return {
        hotel_id: ShortestInterval(days=days, plan=f"{equipment}: {name}")
        for hotel_id, days, equipment, name in rows
    }


def _days() -> Case:
    """The most days of a plan's interval, in SQL; in a type that no interval exceeds."""
    value = Cast("interval_value", BigIntegerField())
    return Case(
        *(When(interval_unit=unit, then=value * days) for unit, days in MOST_DAYS.items()),
        output_field=BigIntegerField(),
    )
