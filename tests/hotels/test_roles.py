"""Roles, the actions they allow, and the hotel of a row."""

import pytest
from django.contrib.auth.models import AnonymousUser

from hotels.models import Hotel, Room, Shift
from hotels.roles import (
    ROLES,
    Access,
    Action,
    Role,
    access_of,
    hotel_id_of,
    hotel_of,
    hotels_where,
    may,
    register_action,
)
from jobs.roles import MARK_ITEMS, RUN_JOBS
from tests.factories import HotelFactory, MembershipFactory, RoomFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_every_action_is_allowed_to_known_roles() -> None:
    assert all(roles <= set(Role) for roles in ROLES.values())


@pytest.mark.parametrize("action", ROLES, ids=str)
def test_an_administrator_may_take_every_action(action: Action) -> None:
    assert Role.ADMIN in ROLES[action]


@pytest.mark.parametrize("action", [action for action in ROLES if action != Action.SEE], ids=str)
def test_a_viewer_may_only_view(action: Action) -> None:
    assert Role.VIEWER not in ROLES[action]


@pytest.mark.parametrize(
    ("role", "granted"),
    [
        (Role.MANAGER, set(ROLES) - {Action.GRANT, Action.CHANGE_CURRENCY}),
        (
            Role.FRONT_DESK,
            {
                *(Action.SEE, Action.BOOK, Action.CHARGE, Action.SEND, Action.REINSTATE),
                MARK_ITEMS,
            },
        ),
        (Role.HOUSEKEEPING, {Action.SEE, Action.CLEAN, MARK_ITEMS}),
        (Role.MAINTENANCE, {Action.SEE, Action.MAINTAIN, MARK_ITEMS}),
    ],
)
def test_a_role_allows_exactly_its_actions(role: Role, granted: set[Action], hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel, role=role).user

    assert {action for action in ROLES if may(user=user, action=action, hotel=hotel)} == granted


def test_a_role_counts_only_in_its_hotel(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel).user

    assert not may(user=user, action=Action.SEE, hotel=HotelFactory())


def test_the_role_of_an_inactive_membership_does_not_count(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel, active=False).user

    assert hotel.pk not in access_of(user).roles
    assert not may(user=user, action=Action.SEE, hotel=hotel)


def test_the_role_of_a_member_is_returned(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel, role=Role.FRONT_DESK).user

    assert access_of(user).roles[hotel.pk] == Role.FRONT_DESK


@pytest.mark.parametrize("action", ROLES, ids=str)
def test_a_superuser_may_take_every_action_in_every_hotel(action: Action, hotel: Hotel) -> None:
    assert may(user=UserFactory(is_superuser=True), action=action, hotel=hotel)


@pytest.mark.parametrize("action", ROLES, ids=str)
def test_an_inactive_superuser_may_take_no_action(action: Action, hotel: Hotel) -> None:
    inactive = UserFactory(is_superuser=True, is_active=False)

    assert not may(user=inactive, action=action, hotel=hotel)


def test_an_inactive_member_may_take_no_action(hotel: Hotel) -> None:
    inactive = MembershipFactory(hotel=hotel, user__is_active=False).user

    assert not may(user=inactive, action=Action.SEE, hotel=hotel)


def test_an_anonymous_visitor_may_take_no_action(hotel: Hotel) -> None:
    assert not may(user=AnonymousUser(), action=Action.SEE, hotel=hotel)


def test_the_hotels_in_which_a_user_may_take_an_action_are_listed() -> None:
    managed = MembershipFactory()
    MembershipFactory(user=managed.user, role=Role.VIEWER)

    assert list(hotels_where(user=managed.user, action=RUN_JOBS)) == [managed.hotel]
    assert hotels_where(user=managed.user, action=Action.SEE).count() == 2


def test_no_role_allows_an_action_on_a_row_without_a_hotel() -> None:
    access = Access(everywhere=False, roles={1: Role.ADMIN})

    assert not access.may(action=Action.SEE, hotel_id=None)


def test_the_hotel_of_a_row_is_found_along_its_path(hotel: Hotel) -> None:
    room = RoomFactory(hotel=hotel)

    assert (hotel_of(room), hotel_id_of(room)) == (hotel, hotel.pk)
    assert (hotel_of(hotel), hotel_id_of(hotel)) == (hotel, hotel.pk)


@pytest.mark.parametrize("row", [Room(), Shift(), Hotel()])
def test_a_row_without_a_hotel_yet_has_no_hotel_id(row: Room) -> None:
    assert hotel_id_of(row) is None


def test_an_action_cannot_be_registered_twice() -> None:
    with pytest.raises(ValueError, match=r"The action 'run a job now' is already registered\."):
        register_action("run a job now", roles={Role.ADMIN})


def test_an_action_without_a_role_is_refused() -> None:
    with pytest.raises(ValueError, match="The action 'fly' needs at least one role"):
        register_action("fly", roles=set())


def test_only_administrators_and_managers_may_run_jobs() -> None:
    assert ROLES[RUN_JOBS] == {Role.ADMIN, Role.MANAGER}
