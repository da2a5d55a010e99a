"""Who may do what in which hotel: the one table the admin, the console and the API ask.

A superuser may do everything everywhere. Anybody else may do what the role of their active
membership of that hotel allows, and nothing in other hotels. What the table does not grant is
refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from hotels.models.people import Membership
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped, HotelScopedQuerySet, Person, hotel_lookup

if TYPE_CHECKING:
    from django.db import models

    Row = TypeVar("Row", bound=models.Model)

Role = Membership.Role


@dataclass(frozen=True)
class Action:
    """An action a user may take in a hotel, such as changing bookings; see `register_action`."""

    name: str

    SEE: ClassVar[Action]
    GRANT: ClassVar[Action]
    CONFIGURE: ClassVar[Action]
    BOOK: ClassVar[Action]
    CHARGE: ClassVar[Action]
    CLEAN: ClassVar[Action]
    MAINTAIN: ClassVar[Action]
    REINSTATE: ClassVar[Action]
    WAIVE: ClassVar[Action]

    def __str__(self) -> str:
        return self.name


MANAGEMENT = frozenset({Role.ADMIN, Role.MANAGER})

_roles: dict[Action, frozenset[Role]] = {}
ROLES: Mapping[Action, frozenset[Role]] = MappingProxyType(_roles)


def register_action(name: str, *, roles: Collection[Role]) -> Action:
    """Return a new action that users with one of `roles` may take.

    Other apps register their own actions when they are ready. Raises ValueError when the name is
    registered already, or no role may take the action.
    """
    action = Action(name)
    if action in _roles:
        raise ValueError(f"The action {name!r} is already registered.")
    if not roles:
        raise ValueError(f"The action {name!r} needs at least one role.")
    _roles[action] = frozenset(roles)
    return action


Action.SEE = register_action("view the hotel's data", roles=Role)
Action.GRANT = register_action("grant, change and end memberships", roles={Role.ADMIN})
Action.CONFIGURE = register_action(
    "change the hotel's options, rooms, staff, policies, equipment and plans", roles=MANAGEMENT
)
Action.BOOK = register_action(
    "change bookings, guests and cleaning opt-outs", roles=MANAGEMENT | {Role.FRONT_DESK}
)
Action.CHARGE = register_action("keep folios and payments", roles=MANAGEMENT | {Role.FRONT_DESK})
Action.CLEAN = register_action("change housekeeping tasks", roles=MANAGEMENT | {Role.HOUSEKEEPING})
Action.MAINTAIN = register_action("change work orders", roles=MANAGEMENT | {Role.MAINTENANCE})
Action.REINSTATE = register_action(
    "reinstate a no-show whose guest arrived late, or decide one left for review",
    roles=MANAGEMENT | {Role.FRONT_DESK},
)
Action.WAIVE = register_action("waive a no-show fee", roles=MANAGEMENT)


@dataclass(frozen=True, kw_only=True)
class Access:
    """One person's roles, read once: for a request that asks many times."""

    everywhere: bool
    roles: Mapping[int, str]

    def may(self, *, action: Action, hotel_id: int | None) -> bool:
        """Whether the person may do it in that hotel."""
        return self.everywhere or self.roles.get(hotel_id or 0) in ROLES[action]

    def somewhere(self, *, action: Action) -> bool:
        """Whether there is a hotel in which the person may do it."""
        return self.everywhere or bool(self.hotel_ids(action=action))

    def hotel_ids(self, *, action: Action) -> frozenset[int]:
        """The hotels in which the person's role allows it."""
        return frozenset(pk for pk, role in self.roles.items() if role in ROLES[action])

    def narrow(self, rows: HotelScopedQuerySet[Row], *, action: Action) -> HotelScopedQuerySet[Row]:
        """The rows of the hotels in which the person may do it."""
        if self.everywhere:
            return rows
        return rows.filter(**{f"{hotel_lookup(rows.model)}__in": self.hotel_ids(action=action)})


def access_of(user: Person) -> Access:
    """What `user` may do where; an anonymous or locked person nothing."""
    if not user.is_authenticated or not user.is_active:
        return Access(everywhere=False, roles={})
    if getattr(user, "is_superuser", False):
        return Access(everywhere=True, roles={})
    held = Membership.objects.filter(user_id=user.pk, active=True)
    return Access(everywhere=False, roles=dict(held.values_list("hotel_id", "role")))


def role_in(*, user: Person, hotel: Hotel) -> Role | None:
    """The role of the person's active membership of the hotel, None without one."""
    role = access_of(user).roles.get(hotel.pk)
    return Role(role) if role else None


def may(*, user: Person, action: Action, hotel: Hotel) -> bool:
    """Whether `user` may do `action` in `hotel`."""
    return access_of(user).may(action=action, hotel_id=hotel.pk)


def hotels_where(*, user: Person, action: Action) -> HotelScopedQuerySet[Hotel]:
    """The hotels in which `user` may do `action`."""
    return access_of(user).narrow(Hotel.objects.all(), action=action)


def hotel_of(row: HotelScoped) -> Hotel:
    """The hotel a row belongs to, over its `hotel_path`."""
    found: Any = row
    for step in filter(None, row.hotel_path.split("__")):
        found = getattr(found, step)
    hotel: Hotel = found
    return hotel


def hotel_id_of(row: HotelScoped) -> int | None:
    """The key of the hotel a row belongs to, without fetching the hotel; None when not yet set."""
    found: Any = row
    *steps, last = row.hotel_path.split("__")
    for step in steps:
        found = getattr(found, step, None)
    key: int | None = getattr(found, f"{last}_id" if last else "pk", None)
    return key
