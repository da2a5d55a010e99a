"""The list of completed folios that are not fully invoiced."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from hotels.models import FolioLine, Hotel
from tests.factories import HotelFactory, stay
from tests.hotels.billing.issued import charge, completed, invoice_of, reversal_line_of
from tests.hotels.http.clients import Role

pytestmark = pytest.mark.django_db
PATH = "/api/folios/uninvoiced"


def test_a_folio_is_listed_with_reason_age_and_amount(
    hotel: Hotel, member: Any, now: datetime
) -> None:
    folio = completed(hotel, 100, completed_at=now - timedelta(days=4))

    with time_machine.travel(now, tick=False):
        page = member(Role.VIEWER).get(PATH).json()

    assert page == {
        "folios": [
            {
                "id": folio.pk,
                "folio": str(folio),
                "hotelId": hotel.pk,
                "payer": folio.payer.name,
                "completedAt": "2026-07-11T06:00:00Z",
                "since": "2026-07-13",
                "ageDays": 2,
                "reason": "READY",
                "explanation": "ready: the next invoice generation issues the invoice",
                "amount": "100.00",
                "proposedCredit": None,
                "currency": "EUR",
            }
        ],
        "total": 1,
        "limit": 50,
        "offset": 0,
    }


def test_a_proposed_credit_note_has_its_amount(hotel: Hotel, member: Any) -> None:
    folio = completed(hotel, 100)
    invoice_of(folio)
    reversal_line_of(folio.lines.get())

    (row,) = member(Role.VIEWER).get(PATH).json()["folios"]

    assert (row["reason"], row["amount"], row["proposedCredit"]) == (
        "CREDIT_PROPOSED",
        "-100.00",
        "100.00",
    )
    assert row["explanation"] == "a credit note of 100.00 EUR is proposed: decide on it"
    assert row["since"] == str(date(2026, 7, 14))


def test_pages_and_the_hotel_filter(hotel: Hotel, member: Any) -> None:
    folios = [completed(hotel, 10) for _ in range(3)]
    client = member(Role.VIEWER)

    page = client.get(PATH, {"hotelId": hotel.pk, "limit": 1, "offset": 1}).json()

    assert [row["id"] for row in page["folios"]] == [folios[1].pk]
    assert (page["total"], page["limit"], page["offset"]) == (3, 1, 1)


def test_other_hotels_are_not_listed_and_not_found(member: Any, hotel: Hotel) -> None:
    elsewhere = HotelFactory()
    completed(elsewhere, 10)
    client = member(Role.ADMIN)

    assert client.get(PATH).json()["folios"] == []
    assert client.get(PATH, {"hotelId": elsewhere.pk}).status_code == 404


@pytest.mark.parametrize("query", [{"hotelId": "x"}, {"hotel": "1"}, {"limit": "0"}])
def test_a_wrong_parameter_is_refused(member: Any, hotel: Hotel, query: dict[str, str]) -> None:
    assert member(Role.VIEWER).get(PATH, query).status_code == 400


def test_a_folio_with_amounts_in_two_currencies_is_listed_with_that_reason(
    hotel: Hotel, member: Any
) -> None:
    completed(hotel, 100, 7)
    FolioLine.objects.filter(gross=7).update(currency="BGN")  # as in old data

    (folio,) = member(Role.VIEWER).get(PATH).json()["folios"]

    assert (folio["reason"], folio["amount"]) == ("UNREADABLE", "100.00")
    assert "amounts in BGN and EUR" in folio["explanation"]


def test_a_folio_left_open_without_a_room_is_listed_without_a_time_of_completion(
    hotel: Hotel, member: Any
) -> None:
    charge(stay(hotel, arrival=date(2026, 7, 20), status="CANCELLED").folio, 15)

    (folio,) = member(Role.VIEWER).get(PATH).json()["folios"]

    assert (folio["reason"], folio["completedAt"]) == ("LEFT_OPEN", None)
    assert folio["amount"] == "15.00"
