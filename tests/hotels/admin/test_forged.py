"""Forged and incomplete requests end in form errors, never in a server error."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hotels.models import Folio, Guest, Hotel, MaintenancePlan, Room, WorkOrder
from tests.factories import GuestFactory, PlanFactory, RoomFactory, RoomTypeFactory, StaffFactory
from tests.hotels.admin.books import form_of, page, rows
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["x", "1.5", "99999999999999999999", "\x00"], ids=ascii)
def test_an_invalid_key_is_a_field_error(
    key: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    RoomTypeFactory(hotel=hotel)

    answer = browser(owner).post(
        page("add", Room),
        {"hotel": hotel.pk, "room_type": key, "number": "1", "floor": 1}
        | {"cleanliness": "CLEAN", "blocks-TOTAL_FORMS": 0, "blocks-INITIAL_FORMS": 0},
    )
    assert "room_type" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("key", ["x", "9" * 20, "\x00"], ids=ascii)
def test_an_invalid_user_key_is_a_field_error(
    key: str, hotel: Hotel, superuser: User, browser: Browser
) -> None:
    person = StaffFactory(hotel=hotel)

    answer = browser(superuser).post(page("change", person), form_of(person, user=key))
    assert "user" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("key", ["x", "9" * 20, "\x00"], ids=ascii)
def test_an_action_on_an_invalid_key_is_a_bad_request(
    key: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    chosen = {"action": "delete_selected", "_selected_action": key}

    assert browser(owner).post(page("changelist", Guest), chosen).status_code == 400


@pytest.mark.parametrize("model", [MaintenancePlan, WorkOrder], ids=lambda model: model.__name__)
def test_an_emptied_checklist_has_no_steps(
    model: Any, hotel: Hotel, owner: User, browser: Browser
) -> None:
    row = rows(hotel)[model]
    model.objects.filter(pk=row.pk).update(checklist=["Switch off"])

    answer = browser(owner).post(page("change", row), form_of(row, checklist=""))
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.checklist == []


@pytest.mark.parametrize("checklist", ['{"a": 1}', "5", '"Switch off"', "[1]", '[""]', "1e400"])
def test_a_checklist_that_is_no_list_of_texts_is_refused(
    checklist: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    plan = PlanFactory(equipment__hotel=hotel)

    answer = browser(owner).post(page("change", plan), form_of(plan, checklist=checklist))
    assert "checklist" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("value", ["\x00", "9" * 30, f"1,{2**63}"], ids=ascii)
@pytest.mark.parametrize("name", ["status__exact", "hotel__in", "e"])
def test_a_filter_value_no_database_accepts_is_handled(
    name: str, value: str, owner: User, browser: Browser
) -> None:
    answer = browser(owner).get(page("changelist", WorkOrder), {name: value}, follow=True)

    assert answer.status_code == 200


def test_a_long_number_can_be_searched(hotel: Hotel, owner: User, browser: Browser) -> None:
    number = "4" * 20
    guest = GuestFactory(hotel=hotel, phone=number)

    answer = browser(owner).get(page("changelist", Guest), {"q": number})
    assert list(answer.context["cl"].result_list) == [guest]


def test_a_search_ignores_nul_characters(hotel: Hotel, owner: User, browser: Browser) -> None:
    room = RoomFactory(hotel=hotel, number="101")
    of_tasks = {"app_label": "hotels", "model_name": "housekeepingtask", "field_name": "room"}

    answer = browser(owner).get(
        reverse("admin:hotels_autocomplete"), of_tasks | {"term": "10\x001"}
    )
    assert [found["id"] for found in answer.json()["results"]] == [str(room.pk)]


@pytest.mark.parametrize("count", ["99999999", "9" * 20, "-1", "x", ""])
@pytest.mark.parametrize("name", ["lines-TOTAL_FORMS", "lines-INITIAL_FORMS"])
def test_forged_numbers_of_inline_rows_are_a_bad_request(
    name: str, count: str, hotel: Hotel, superuser: User, browser: Browser
) -> None:
    """The lines of a folio are only shown: none can be added there."""
    folio = rows(hotel)[Folio]

    answer = browser(superuser).post(page("change", folio), form_of(folio) | {name: count})

    assert answer.status_code == 400


@pytest.mark.parametrize("zone", ["Infinity", "localtime", "Europe/Atlantis"])
def test_an_unknown_time_zone_is_a_field_error(
    zone: str, hotel: Hotel, superuser: User, browser: Browser
) -> None:
    answer = browser(superuser).post(page("change", hotel), form_of(hotel, timezone=zone))

    assert "timezone" in answer.context["adminform"].form.errors
