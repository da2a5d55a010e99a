"""Roles and the actions they allow: the only permission table of admin, console and API.

A superuser may take every action in every hotel. Any other user may take the actions allowed to the
role of their active membership of the hotel, and none in other hotels.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from hotels.models.literal import KeyList
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
    CHANGE_CURRENCY: ClassVar[Action]
    SEND: ClassVar[Action]
    INTEGRATE: ClassVar[Action]

    def __str__(self) -> str:
        return self.name


MANAGEMENT = frozenset({Role.ADMIN, Role.MANAGER})
# Home and the menu show accounts, guests and jobs only to these roles.
OFFICE = frozenset(Role) - {Role.HOUSEKEEPING, Role.MAINTENANCE}

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
Action.CHARGE = register_action("change folios and payments", roles=MANAGEMENT | {Role.FRONT_DESK})
Action.SEND = register_action(
    "send messages again and cancel them", roles=MANAGEMENT | {Role.FRONT_DESK}
)
Action.CLEAN = register_action("change housekeeping tasks", roles=MANAGEMENT | {Role.HOUSEKEEPING})
Action.MAINTAIN = register_action("change work orders", roles=MANAGEMENT | {Role.MAINTENANCE})
Action.REINSTATE = register_action(
    "reinstate a no-show whose guest arrived late, or decide one under review",
    roles=MANAGEMENT | {Role.FRONT_DESK},
)
Action.WAIVE = register_action("waive a no-show fee", roles=MANAGEMENT)
Action.CHANGE_CURRENCY = register_action("change the hotel's currency", roles={Role.ADMIN})
Action.INTEGRATE = register_action("manage webhooks", roles=MANAGEMENT)


@dataclass(frozen=True, kw_only=True)
class Access:
    """Roles of one user in each hotel, read once for a request."""

    everywhere: bool
    roles: Mapping[int, str]

    def may(self, *, action: Action, hotel_id: int | None) -> bool:
        """Return whether the user may take the action in that hotel."""
        return self.everywhere or self.roles.get(hotel_id or 0) in ROLES[action]

    def somewhere(self, *, action: Action) -> bool:
        """Return whether the user may take the action in at least one hotel."""
        return self.everywhere or bool(self.hotel_ids(action=action))

    def hotel_ids(self, *, action: Action) -> frozenset[int]:
        """Return ids of the hotels in which the user's role allows the action."""
        return frozenset(pk for pk, role in self.roles.items() if role in ROLES[action])

    def has_role(self, *, roles: Collection[Role], hotel_id: int) -> bool:
        """Return whether the user has one of the roles in that hotel; a superuser has all."""
        return self.everywhere or self.roles.get(hotel_id) in roles

    def has_role_somewhere(self, *, roles: Collection[Role]) -> bool:
        """Return whether the user has one of the roles in at least one hotel."""
        return self.everywhere or any(role in roles for role in self.roles.values())

    def narrow(self, rows: HotelScopedQuerySet[Row], *, action: Action) -> HotelScopedQuerySet[Row]:
        """Return the rows of the hotels in which the user may take the action."""
        if self.everywhere:
            return rows
        keys = KeyList(self.hotel_ids(action=action))
        return rows.filter(**{f"{hotel_lookup(rows.model)}__in": keys})


def access_of(user: Person) -> Access:
    """Return the roles of `user`; an anonymous or inactive user has none."""
    if not user.is_authenticated or not user.is_active:
        return Access(everywhere=False, roles={})
    if getattr(user, "is_superuser", False):
        return Access(everywhere=True, roles={})
    memberships = Membership.objects.filter(user_id=user.pk, active=True)
    return Access(everywhere=False, roles=dict(memberships.values_list("hotel_id", "role")))


def may(*, user: Person, action: Action, hotel: Hotel) -> bool:
    """Return whether `user` may take `action` in `hotel`."""
    return access_of(user).may(action=action, hotel_id=hotel.pk)


def hotels_where(*, user: Person, action: Action) -> HotelScopedQuerySet[Hotel]:
    """Return the hotels in which `user` may take `action`."""
    return access_of(user).narrow(Hotel.objects.all(), action=action)


def hotel_of(row: HotelScoped) -> Hotel:
    """Return the hotel of a row, along its `hotel_path`."""
    found: Any = row
    for step in filter(None, row.hotel_path.split("__")):
        found = getattr(found, step)
    hotel: Hotel = found
    return hotel


def hotel_id_of(row: HotelScoped) -> int | None:
    """Return the id of the hotel of a row without fetching it; None if it is not set yet."""
    found: Any = row
    *steps, last = row.hotel_path.split("__")
    for step in steps:
        found = getattr(found, step, None)
    key: int | None = getattr(found, f"{last}_id" if last else "pk", None)
    return key
