"""The change of a hotel's currency: preview, effect, and who may do it."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client
from django.urls import reverse

from hotels.billing.currency_change import change_currency
from hotels.billing.issuing import issue_invoices
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, Booking, Folio, Hotel, Membership
from tests.dumps import every_row
from tests.factories import (
    FolioFactory,
    FolioLineFactory,
    HotelFactory,
    MembershipFactory,
    PolicyFactory,
    RoomTypeFactory,
    UserFactory,
    stay,
)
from tests.hotels.admin.books import form_of
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of
from tests.hotels.console.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotel(db: None) -> Hotel:
    """A hotel in Sofia with amounts in BGN."""
    return HotelFactory(name="Sofia", currency="BGN", timezone="Europe/Sofia")


@pytest.fixture
def administrator(hotel: Hotel) -> Client:
    return browser(MembershipFactory(hotel=hotel, role=Membership.Role.ADMIN).user)


def page(hotel: Hotel) -> str:
    return reverse("hotels:change-currency", args=[hotel.pk])


def confirm(client: Client, hotel: Hotel, **data: str):
    return client.post(page(hotel), {"to": "EUR", "old": "BGN", "note": "Euro area"} | data)


class TestPreview:
    def test_it_lists_the_folios_that_stay_in_the_old_currency(self, hotel, administrator) -> None:
        still_open = FolioLineFactory(folio=FolioFactory(booking__hotel=hotel)).folio
        waiting = completed(hotel, "195.58")
        invoice_of(completed(HotelFactory(currency="BGN"), 7))

        answer = administrator.get(page(hotel), {"to": "eur"})

        change = answer.context["preview"]
        assert {folio.pk for folio in change.folios} == {still_open.pk, waiting.pk}
        assert {folio.charged for folio in change.folios} == {Decimal(100), Decimal("195.58")}
        text = answer.content.decode()
        assert str(still_open) in text
        assert "195.58\u00a0BGN" in text

    def test_an_invoiced_folio_is_not_listed(self, hotel, administrator) -> None:
        invoice_of(completed(hotel, 7))

        assert administrator.get(page(hotel), {"to": "EUR"}).context["preview"].folios == ()

    def test_a_folio_charged_after_its_invoice_is_listed(self, hotel, administrator) -> None:
        folio = completed(hotel, 100)
        invoice_of(folio)
        charge(folio, 20)

        preview = administrator.get(page(hotel), {"to": "EUR"}).context["preview"]

        assert preview.folios == (folio,)

    @pytest.mark.parametrize("amounts", [(), (100, -100)])
    def test_a_settled_folio_is_not_listed(self, hotel, administrator, amounts) -> None:
        folio = completed(hotel, *amounts)
        with transaction.atomic():
            issue_invoices(hotel=hotel, now=NOW)

        preview = administrator.get(page(hotel), {"to": "EUR"}).context["preview"]

        assert (folio.invoices.count(), preview.folios) == (0, ())

    def test_amounts_that_are_not_converted_are_counted(self, hotel, administrator) -> None:
        RoomTypeFactory(hotel=hotel)
        PolicyFactory(hotel=hotel, penalty_type="FIXED", penalty_value=50)

        change = administrator.get(page(hotel), {"to": "EUR"}).context["preview"]

        assert (change.room_types, change.policies) == (1, 1)

    def test_it_changes_nothing(self, hotel, administrator) -> None:
        completed(hotel, 100)
        before = every_row()

        administrator.get(page(hotel), {"to": "EUR"})

        assert every_row() == before

    @pytest.mark.parametrize(
        ("code", "sentence"),
        [("XYZ", "is not an ISO 4217 currency code"), ("BGN", "is already BGN")],
    )
    def test_an_unknown_currency_and_the_present_one_are_refused(
        self, hotel, administrator, code: str, sentence: str
    ) -> None:
        answer = administrator.get(page(hotel), {"to": code})

        assert sentence in answer.context["refused"]
        assert answer.context["preview"] is None


class TestChange:
    def test_new_bookings_are_in_the_new_currency_and_open_folios_stay(
        self, hotel, administrator
    ) -> None:
        folio = FolioFactory(booking__hotel=hotel)

        answer = confirm(administrator, hotel)

        assert answer.url == reverse("admin:hotels_hotel_change", args=[hotel.pk])
        assert "New bookings are now in EUR." in str(next(iter(get_messages(answer.wsgi_request))))
        fresh = Hotel.objects.get(pk=hotel.pk)
        new = stay(fresh, arrival=date(2026, 8, 1))
        assert (fresh.currency, new.booking.currency, new.folio.currency) == ("EUR",) * 3
        assert Folio.objects.get(pk=folio.pk).currency == "BGN"
        assert Booking.objects.get(pk=folio.booking_id).currency == "BGN"

    def test_the_page_keeps_listing_what_is_still_in_the_old_currency(
        self, hotel, administrator
    ) -> None:
        folio = FolioFactory(booking__hotel=hotel)
        confirm(administrator, hotel)

        assert administrator.get(page(hotel)).context["earlier"] == [folio]

    def test_it_is_recorded_in_the_audit_trail_with_its_reason(self, hotel, administrator) -> None:
        confirm(administrator, hotel)

        entry = AuditEntry.objects.get(model="hotels.hotel")
        assert (entry.before, entry.after) == ({"currency": "BGN"}, {"currency": "EUR"})
        assert entry.note == "Euro area"

    def test_a_reason_is_required(self, hotel, administrator) -> None:
        confirm(administrator, hotel, note=" ")

        hotel.refresh_from_db()
        assert hotel.currency == "BGN"

    def test_a_second_change_from_the_same_preview_is_refused(self, hotel) -> None:
        user = UserFactory()
        wanted = {"hotel": hotel, "old": "BGN", "user": user, "now": NOW, "note": "x"}
        change_currency(currency="EUR", **wanted)

        with pytest.raises(ActionRefused, match="was changed to EUR meanwhile"):
            change_currency(currency="USD", **wanted)


class TestPermission:
    @pytest.mark.parametrize("role", sorted(set(Membership.Role) - {Membership.Role.ADMIN}))
    def test_only_administrators_change_the_currency(self, hotel, role: str) -> None:
        client = browser(MembershipFactory(hotel=hotel, role=role).user)

        assert client.get(page(hotel)).status_code == 403
        assert confirm(client, hotel).status_code == 403

    def test_a_hotel_of_other_users_does_not_exist(self, hotel, administrator) -> None:
        assert administrator.get(page(HotelFactory())).status_code == 404


class TestHotelForm:
    @pytest.fixture
    def root(self) -> Client:
        return browser(UserFactory(is_superuser=True))

    def save(self, client: Client, hotel: Hotel, **data: str):
        url = reverse("admin:hotels_hotel_change", args=[hotel.pk])
        return client.post(url, form_of(hotel, **data))

    def test_the_currency_of_a_hotel_with_bookings_is_not_edited(self, hotel, root) -> None:
        FolioFactory(booking__hotel=hotel)

        answer = self.save(root, hotel, currency="EUR")

        assert answer.context["adminform"].form.errors["currency"] == [
            "This hotel has bookings in BGN. Use “Change currency” instead."
        ]
        hotel.refresh_from_db()
        assert hotel.currency == "BGN"

    def test_the_currency_of_a_hotel_without_bookings_can_be_edited(self, hotel, root) -> None:
        assert self.save(root, hotel, currency="EUR").status_code == 302

        hotel.refresh_from_db()
        assert hotel.currency == "EUR"

    def test_the_form_leads_administrators_to_the_page(self, hotel, administrator, root) -> None:
        manager = browser(MembershipFactory(hotel=hotel).user)
        url = reverse("admin:hotels_hotel_change", args=[hotel.pk])

        assert page(hotel) in administrator.get(url).content.decode()
        assert page(hotel) in root.get(url).content.decode()
        assert page(hotel) not in manager.get(url).content.decode()
