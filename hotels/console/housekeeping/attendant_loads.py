"""Workload of each attendant on a date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from hotels.housekeeping.assignment import Attendant
from hotels.housekeeping.snapshot import attendants
from hotels.housekeeping.worklists import with_load
from hotels.models import Hotel, HousekeepingTask, Shift, StaffMember


class Presence(TextChoices):
    """Presence of an attendant on a date."""

    ON_SHIFT = "on-shift", _("on shift")
    ON_LEAVE = "on-leave", _("on leave")
    NO_SHIFT = "no-shift", _("no shift")
    GONE = "gone", _("no longer in housekeeping")


@dataclass(frozen=True, kw_only=True)
class Load:
    """The workload of one attendant on a date, in minutes and tasks."""

    person: StaffMember
    presence: Presence
    minutes: int
    tasks: int

    @property
    def capacity(self) -> int:
        """Minutes the attendant can work; 0 for an attendant who is not on shift."""
        return self.person.credits_per_day if self.presence == Presence.ON_SHIFT else 0

    @property
    def over(self) -> int:
        """Minutes planned beyond the capacity."""
        return max(self.minutes - self.capacity, 0)

    @property
    def share(self) -> int:
        """Planned minutes in percent of the capacity, at most 100."""
        if not self.capacity:
            return 100 if self.minutes else 0
        return min(100 * self.minutes // self.capacity, 100)

    @property
    def able(self) -> bool:
        """True if tasks may be assigned to the attendant."""
        return self.presence != Presence.GONE


def read_loads(*, hotel: Hotel, day: date, tasks: Iterable[HousekeepingTask]) -> list[Load]:
    """Return the loads of all housekeeping staff and of other assignees of `tasks`.

    Attendants on shift come first, then by name. Takes four queries.
    """
    tasks = list(tasks)
    assignees = {task.assignee_id for task in tasks if task.assignee_id is not None}
    cleaning = Q(active=True, role=StaffMember.Role.HOUSEKEEPING)
    staff = list(StaffMember.objects.of_hotel(hotel).filter(cleaning | Q(pk__in=assignees)))
    on_shift = {attendant.pk for attendant in attendants(hotel, day=day)}
    on_leave = set(
        Shift.objects.of_hotel(hotel)
        .filter(date=day, kind=Shift.Kind.LEAVE)
        .values_list("staff_id", flat=True)
    )
    idle = [Attendant(pk=person.pk, capacity=person.credits_per_day) for person in staff]
    planned = {attendant.pk: attendant for attendant in with_load(idle, tasks=tasks)}
    loads = [
        Load(
            person=person,
            presence=_presence(person, on_shift=on_shift, on_leave=on_leave),
            minutes=planned[person.pk].load,
            tasks=planned[person.pk].tasks,
        )
        for person in staff
    ]
    order = list(Presence)
    return sorted(loads, key=lambda load: (order.index(load.presence), load.person.name))


def _presence(person: StaffMember, *, on_shift: set[int], on_leave: set[int]) -> Presence:
    if not person.active or person.role != StaffMember.Role.HOUSEKEEPING:
        return Presence.GONE
    if person.pk in on_leave:
        return Presence.ON_LEAVE
    return Presence.ON_SHIFT if person.pk in on_shift else Presence.NO_SHIFT
