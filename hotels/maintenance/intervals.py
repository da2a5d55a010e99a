"""The shortest interval of a hotel's maintenance plans."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from hotels.models import Hotel, MaintenancePlan

# The most days of a unit: a job that runs monthly is often enough for a monthly plan.
MOST_DAYS = {"DAYS": 1, "WEEKS": 7, "MONTHS": 31, "YEARS": 366}


@dataclass(frozen=True, kw_only=True)
class ShortestInterval:
    """The plan of a hotel that is due most often: every `days` days at the most."""

    days: int
    plan: str


def shortest_intervals(*, hotels: Iterable[Hotel]) -> dict[int, ShortestInterval]:
    """The active plan that is due most often, by hotel id; in one query.

    Plans of retired equipment and with an interval that is not positive do not count.
    """
    rows = (
        MaintenancePlan.objects.filter(
            Q(equipment__retired_date=None), equipment__hotel__in=hotels, active=True
        )
        .filter(interval_value__gt=0)
        .order_by("equipment__hotel", "pk")
        .values_list(
            "equipment__hotel", "interval_value", "interval_unit", "equipment__name", "name"
        )
    )
    found: dict[int, ShortestInterval] = {}
    for hotel_id, value, unit, equipment, name in rows:
        days = value * MOST_DAYS[unit]
        if hotel_id not in found or days < found[hotel_id].days:
            found[hotel_id] = ShortestInterval(days=days, plan=f"{equipment}: {name}")
    return found
