"""Users reach only their own hotels in the admin: lists, pages, choices, filters and actions."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from hotels.admin.form_choices import OwnRowsFilter
from hotels.models import AuditEntry, Equipment, Guest, Hotel, Membership, Room, RoomBlock
from tests.factories import (
    EquipmentFactory,
    MembershipFactory,
    RoomFactory,
    RoomTypeFactory,
    UserFactory,
)
from tests.hotels.admin.books import ALL, form_of, page, rows
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db
each_model = pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)


def listed(client: Client, model: type[Model]) -> list[Any]:
    return list(client.get(page("changelist", model)).context["cl"].result_list)


def found(client: Client, model: str, field: str, route: str) -> list[str]:
    answer = client.get(
        reverse(route), {"app_label": "hotels", "model_name": model, "field_name": field}
    )
    return [entry["id"] for entry in answer.json()["results"]]


@each_model
def test_a_list_shows_only_the_users_hotels(
    model: type[Model], hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    own, foreign = rows(hotel)[model], rows(elsewhere)[model]

    shown = listed(browser(owner), model)
    assert own in shown
    assert foreign not in shown


@each_model
@pytest.mark.parametrize("name", ["change", "delete", "history"])
def test_another_hotels_row_is_treated_like_a_missing_one(
    model: type[Model], name: str, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    foreign, client = rows(elsewhere)[model], browser(owner)

    theirs = client.get(page(name, foreign))
    missing = client.get(page(name, foreign).replace(f"/{foreign.pk}/", "/999999/"))
    assert theirs.status_code == missing.status_code
    assert theirs.status_code in (302, 403)
    assert theirs.headers.get("Location") == missing.headers.get("Location")


@each_model
def test_another_hotels_row_cannot_be_changed(
    model: type[Model], elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    foreign = rows(elsewhere)[model]
    before = model._default_manager.filter(pk=foreign.pk).values().get()

    browser(owner).post(page("change", foreign), form_of(foreign))
    assert model._default_manager.filter(pk=foreign.pk).values().get() == before


@pytest.mark.parametrize(
    "model", [model for model in ALL if model is not AuditEntry], ids=lambda model: model.__name__
)
def test_a_viewer_can_change_nothing(
    model: type[Model], hotel: Hotel, colleague: User, browser: Browser
) -> None:
    row, client = rows(hotel)[model], browser(colleague)

    assert client.get(page("change", row)).status_code == 200
    assert client.post(page("change", row), form_of(row)).status_code == 403
    assert client.get(page("add", model)).status_code == 403
    assert client.post(page("delete", row), {"post": "yes"}).status_code == 403


@each_model
def test_staff_without_a_hotel_are_refused(model: type[Model], browser: Browser) -> None:
    assert browser(UserFactory()).get(page("changelist", model)).status_code == 403


def test_a_former_member_is_refused(hotel: Hotel, browser: Browser) -> None:
    former = MembershipFactory(hotel=hotel, active=False).user

    assert browser(former).get(page("changelist", Room)).status_code == 403


def test_a_member_who_is_not_staff_is_sent_to_the_login(hotel: Hotel, browser: Browser) -> None:
    guest = MembershipFactory(hotel=hotel, user__is_staff=False).user

    assert "/login/" in browser(guest).get(page("changelist", Room)).headers["Location"]


def test_a_role_counts_in_its_own_hotel_only(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere, role=Membership.Role.VIEWER)
    mine, seen, client = RoomFactory(hotel=hotel), RoomFactory(hotel=elsewhere), browser(owner)

    assert client.post(page("change", mine), form_of(mine, floor=7)).status_code == 302
    assert client.get(page("change", seen)).status_code == 200
    assert client.post(page("change", seen), form_of(seen, floor=7)).status_code == 403


def test_deleting_rows_of_a_viewed_hotel_is_refused(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere, role=Membership.Role.VIEWER)
    chosen = [EquipmentFactory(hotel=hotel).pk, EquipmentFactory(hotel=elsewhere).pk]

    answer = browser(owner).post(
        page("changelist", Equipment),
        {"action": "delete_selected", "_selected_action": chosen, "post": "yes"},
    )
    assert answer.status_code == 403
    assert Equipment.objects.filter(pk__in=chosen).count() == 2


@pytest.mark.parametrize("role", [None, Membership.Role.VIEWER])
def test_a_row_cannot_be_added_to_a_hotel_the_user_may_not_change(
    role: str | None, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    if role:
        MembershipFactory(user=owner, hotel=elsewhere, role=role)

    answer = browser(owner).post(page("add", Guest), {"hotel": elsewhere.pk, "name": "Mallory"})
    assert "hotel" in answer.context["adminform"].form.errors
    assert not Guest.objects.exists()


def test_another_hotels_row_cannot_be_chosen_in_a_form(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    foreign = RoomTypeFactory(hotel=elsewhere)

    answer = browser(owner).post(
        page("add", Room),
        {"hotel": hotel.pk, "room_type": foreign.pk, "number": "1", "floor": 1}
        | {"cleanliness": "CLEAN", "blocks-TOTAL_FORMS": 0, "blocks-INITIAL_FORMS": 0},
    )
    assert "room_type" in answer.context["adminform"].form.errors
    assert not Room.objects.exists()


def test_a_stored_row_stays_in_its_hotel(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere)
    room_type = RoomTypeFactory(hotel=hotel)

    browser(owner).post(
        page("change", room_type), form_of(room_type, hotel=elsewhere.pk, name="Renamed")
    )
    room_type.refresh_from_db()
    assert (room_type.name, room_type.hotel) == ("Renamed", hotel)


def test_a_row_cannot_move_to_a_parent_in_another_hotel(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere)
    block = rows(hotel)[RoomBlock]

    answer = browser(owner).post(
        page("change", block), form_of(block, room=RoomFactory(hotel=elsewhere).pk)
    )
    assert "room" in answer.context["adminform"].form.errors


def test_superusers_cannot_mix_hotels_in_a_row_either(
    hotel: Hotel, superuser: User, browser: Browser
) -> None:
    answer = browser(superuser).post(
        page("add", Room),
        {"hotel": hotel.pk, "room_type": RoomTypeFactory().pk, "number": "1", "floor": 1}
        | {"cleanliness": "CLEAN", "blocks-TOTAL_FORMS": 0, "blocks-INITIAL_FORMS": 0},
    )
    assert "another hotel" in str(answer.context["adminform"].form.errors["room_type"])


@pytest.mark.parametrize("route", ["admin:autocomplete", "admin:hotels_autocomplete"])
def test_autocomplete_finds_only_the_users_rows(
    route: str, hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    own = RoomTypeFactory(hotel=hotel)
    RoomTypeFactory(hotel=elsewhere)

    assert found(browser(owner), "room", "room_type", route) == [str(own.pk)]
    assert found(browser(owner), "room", "hotel", route) == [str(hotel.pk)]


def test_autocomplete_adds_the_hotel_for_users_of_several(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere)
    room_type = RoomTypeFactory(hotel=elsewhere)

    answer = browser(owner).get(
        reverse("admin:hotels_autocomplete"),
        {"app_label": "hotels", "model_name": "room", "field_name": "room_type"},
    )
    assert answer.json()["results"][0]["text"] == f"{room_type} · Elsewhere"


def test_staff_without_a_hotel_may_not_use_autocomplete(hotel: Hotel, browser: Browser) -> None:
    answer = browser(UserFactory()).get(
        reverse("admin:hotels_autocomplete"),
        {"app_label": "hotels", "model_name": "room", "field_name": "hotel"},
    )
    assert answer.status_code == 403


def test_users_cannot_be_searched(owner: User, browser: Browser) -> None:
    answer = browser(owner).get(
        reverse("admin:autocomplete"),
        {"app_label": "hotels", "model_name": "staffmember", "field_name": "user"},
    )
    assert answer.status_code == 403


def test_the_hotel_filter_offers_own_hotels_only(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    second = MembershipFactory(user=owner).hotel

    first = browser(owner).get(page("changelist", Room)).context["cl"].filter_specs[0]
    assert {pk for pk, _ in first.lookup_choices} == {hotel.pk, second.pk}


def test_filtering_by_another_hotel_finds_nothing(
    elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    RoomFactory(hotel=elsewhere)

    answer = browser(owner).get(page("changelist", Room), {"hotel__id__exact": elsewhere.pk})
    assert list(answer.context["cl"].result_list) == []


def test_a_user_of_one_hotel_finds_nothing_in_another(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    RoomFactory(hotel=hotel)

    answer = browser(owner).get(page("changelist", Room), {"hotel__id__exact": elsewhere.pk})
    assert list(answer.context["cl"].result_list) == []


def test_a_user_of_one_hotel_has_no_hotel_filter(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    RoomFactory(hotel=hotel)

    filters = browser(owner).get(page("changelist", Room)).context["cl"].filter_specs
    assert not any(isinstance(each, OwnRowsFilter) for each in filters)


def test_an_inline_allows_adding_only_under_a_changeable_parent(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere, role=Membership.Role.VIEWER)
    room = RoomFactory(hotel=elsewhere)

    answer = browser(owner).get(page("change", room))
    assert not answer.context["inline_admin_formsets"][0].has_add_permission


def test_the_queries_of_autocomplete_do_not_grow_with_the_rows(
    hotel: Hotel, owner: User, browser: Browser, queries_of: Any
) -> None:
    client = browser(owner)
    rows(hotel)
    route = "admin:hotels_autocomplete"
    found(client, "cleaningoptout", "booking_room", route)  # fills the caches of the process
    few = queries_of(lambda: found(client, "cleaningoptout", "booking_room", route))
    for _ in range(4):
        rows(hotel)

    assert queries_of(lambda: found(client, "cleaningoptout", "booking_room", route)) == few
