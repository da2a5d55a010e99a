"""Admin pages of every hotel model: they respond, and their queries do not grow with the rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.translation import override

from hotels import formats, models
from hotels.admin.base import HotelScopedAdmin
from hotels.models import Hotel
from hotels.models.scoping import HotelScoped
from tests.factories import FolioLineFactory, HotelFactory, PaymentFactory, RoomFactory, stay
from tests.hotels.admin.books import ADDED_BY_CODE, ALL, DAY, IMMUTABLE, page, rows
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db
each_model = pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
each_person = pytest.mark.parametrize("person", ["superuser", "owner"])


@pytest.fixture
def user(person: str, request: pytest.FixtureRequest) -> User:
    found: User = request.getfixturevalue(person)
    return found


@each_model
def test_every_hotel_model_has_a_scoped_admin(model: type[HotelScoped]) -> None:
    assert isinstance(admin.site.get_model_admin(model), HotelScopedAdmin)


@each_model
def test_every_list_can_be_searched(model: type[HotelScoped]) -> None:
    assert admin.site.get_model_admin(model).search_fields


@each_model
def test_foreign_keys_to_hotel_rows_use_autocomplete(
    model: type[HotelScoped], rf: RequestFactory
) -> None:
    options = admin.site.get_model_admin(model)
    links = {
        field.name
        for field in model._meta.concrete_fields
        if field.is_relation and field.editable and issubclass(field.related_model, HotelScoped)
    }

    assert links - {*options.readonly_fields} <= {*options.autocomplete_fields}


def test_forms_do_not_compare_hotel_times_with_server_time(owner: User, hotel: Hotel) -> None:
    """Django's scripts would warn of a time difference; the times are local to the hotel."""
    client = Client()
    client.force_login(owner)

    shown = client.get(reverse("admin:hotels_hotel_change", args=[hotel.pk])).content.decode()

    assert "vTimeField" in shown
    assert "data-admin-utc-offset" not in shown


@each_model
@each_person
def test_the_list_page_responds(
    model: type[Model], user: User, hotel: Hotel, browser: Browser
) -> None:
    rows(hotel)

    answer = browser(user).get(page("changelist", model), {"q": "a"}, follow=False)
    assert answer.status_code == 200


@each_model
@each_person
def test_the_change_page_responds(
    model: type[Model], user: User, hotel: Hotel, browser: Browser
) -> None:
    row = rows(hotel)[model]

    assert browser(user).get(page("change", row)).status_code == 200


@each_model
@each_person
def test_the_add_page_responds_where_users_may_add(
    model: type[Model], user: User, browser: Browser
) -> None:
    by_superusers = model in (models.Hotel, models.Membership) and not user.is_superuser
    refused = by_superusers or model in ADDED_BY_CODE

    assert browser(user).get(page("add", model)).status_code == (403 if refused else 200)


@each_model
@each_person
def test_the_queries_of_a_list_do_not_grow_with_its_rows(
    model: type[Model],
    user: User,
    hotel: Hotel,
    browser: Browser,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    client = browser(user)
    rows(hotel), rows(hotel)
    client.get(page("changelist", model))  # fills the caches of the process
    few = queries_of(lambda: client.get(page("changelist", model)))
    for _ in range(5):
        rows(hotel)

    assert queries_of(lambda: client.get(page("changelist", model))) == few


def add_a_room(booking: models.Booking) -> None:
    stay(booking.hotel, arrival=DAY, booking=booking, room=RoomFactory(hotel=booking.hotel))


def add_lines(folio: models.Folio) -> None:
    FolioLineFactory(folio=folio)
    PaymentFactory(folio=folio)


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (models.Booking, add_a_room),
        (models.Folio, add_lines),
    ],
    ids=["rooms of a booking", "lines of a folio"],
)
def test_the_queries_of_a_page_do_not_grow_with_the_rows_it_lists(
    parent: type[Model],
    child: Callable[[Any], None],
    hotel: Hotel,
    owner: User,
    browser: Browser,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    row, client = rows(hotel)[parent], browser(owner)
    child(row)
    client.get(page("change", row))  # fills the caches of the process
    few = queries_of(lambda: client.get(page("change", row)))
    for _ in range(4):
        child(row)

    assert queries_of(lambda: client.get(page("change", row))) == few


@pytest.mark.parametrize("model", sorted(IMMUTABLE, key=str), ids=lambda model: model.__name__)
@pytest.mark.parametrize("name", ["change", "delete"])
def test_immutable_rows_cannot_be_changed_or_deleted(
    model: type[Model], name: str, hotel: Hotel, superuser: User, browser: Browser
) -> None:
    row = rows(hotel)[model]

    assert browser(superuser).post(page(name, row), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", sorted(IMMUTABLE, key=str), ids=lambda model: model.__name__)
def test_immutable_rows_cannot_be_deleted_by_action(
    model: type[Model], superuser: User, rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user = superuser

    assert "delete_selected" not in admin.site.get_model_admin(model).get_actions(request)


def test_lists_show_money_in_minor_units_and_times_of_the_hotel(
    superuser: User, browser: Browser
) -> None:
    rows(HotelFactory(currency="JPY", timezone="Asia/Tokyo"))

    shown = browser(superuser).get(page("changelist", models.Payment)).content.decode()
    assert "100\u00a0JPY" in shown
    assert ">14 Jul 2026, 21:00</time>" in shown
    assert "Received (hotel time)" in shown


def test_a_list_is_filtered_by_dates(hotel: Hotel, owner: User, browser: Browser) -> None:
    stay(hotel, arrival=DAY)
    stay(hotel, arrival=DAY + timedelta(days=1))

    answer = browser(owner).get(
        page("changelist", models.BookingRoom),
        {"arrival_date_from": DAY.isoformat(), "arrival_date_to": DAY.isoformat()},
    )
    assert answer.context["cl"].result_count == 1


@pytest.mark.parametrize("language", ["en", "de", "pt"])
def test_forms_and_console_pages_show_times_in_the_same_format(
    language: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    booking, client = rows(hotel)[models.Booking], browser(owner)
    client.cookies["django_language"] = language

    shown = client.get(page("change", booking)).content.decode()
    with override(language):
        assert formats.format_instant(booking.booked_at, zone=hotel.zone) in shown


def test_breadcrumbs_start_with_the_list_named_in_the_menu(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    shown = browser(owner).get(page("change", rows(hotel)[models.Booking])).content.decode()

    app = reverse("admin:app_list", args=["hotels"])
    assert f'href="{app}"' not in shown
    assert page("changelist", models.Booking) in shown
