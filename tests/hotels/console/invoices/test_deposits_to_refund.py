"""Deposits to refund: money on folios that no stay will use, with the actions on its payments."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotels.console.invoices import queries
from hotels.models import BookingRoom, Hotel
from tests.factories import PaymentFactory, stay
from tests.hotels.console.reading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
LIST = reverse("hotels:invoices")
PAGE = reverse("hotels:deposits-to-refund")


def released(hotel: Hotel, amount: int = 40) -> BookingRoom:
    room = stay(hotel, arrival=date(2026, 7, 14), status="RELEASED")
    PaymentFactory(folio=room.folio, amount=amount, is_deposit=True)
    return room


def test_a_deposit_is_listed_with_its_rooms_and_the_link_to_refund_it(
    hotel: Hotel, manager: Client
) -> None:
    room = released(hotel)

    answer = manager.get(PAGE)

    assert f"{room.folio} " in text_of(answer)
    assert f"{room} released, 14 Jul 2026" in text_of(answer)
    assert "40.00 EUR" in text_of(answer).replace("\xa0", " ")
    refund = reverse("hotels:refund-payment", args=[room.folio.payments.get().pk])
    assert refund in answer.content.decode()


def test_users_who_may_not_charge_see_no_actions(hotel: Hotel, viewer: Client) -> None:
    released(hotel)

    page = viewer.get(PAGE).content.decode()

    assert "40.00" in page
    assert "/refund/" not in page


def test_the_list_of_invoices_links_to_it_with_the_number(hotel: Hotel, manager: Client) -> None:
    assert PAGE not in manager.get(LIST).content.decode()
    released(hotel)

    answer = manager.get(LIST)

    assert "1 deposit is left without a stay" in text_of(answer)
    assert PAGE in answer.content.decode()


def test_deposits_of_other_hotels_are_not_listed(elsewhere: Hotel, manager: Client) -> None:
    released(elsewhere)

    assert manager.get(PAGE).context["rows"] == []
    assert "No deposit is left without a stay." in text_of(manager.get(PAGE))
    assert manager.get(PAGE, {"hotel": elsewhere.code}).status_code == 404


def test_pages_follow_without_a_gap_and_queries_do_not_grow(
    hotel: Hotel, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [released(hotel)]
    with CaptureQueriesContext(connection) as one:
        manager.get(PAGE)
    rooms += [released(hotel) for _ in range(2)]
    with CaptureQueriesContext(connection) as many:
        manager.get(PAGE)
    monkeypatch.setattr(queries, "PAGE", 2)
    first = manager.get(PAGE).context
    second = manager.get(PAGE, {"before": first["older"]}).context

    shown = [row.folio for page in (first, second) for row, _payments in page["rows"]]
    assert shown == [room.folio for room in reversed(rooms)]
    assert len(many) == len(one)
