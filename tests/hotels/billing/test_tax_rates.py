"""Tax rates have four decimals, from the hotel to the printed invoice (domain rule 5)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from hotels.audit import display
from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.billing.invoice_pdf import printed_document
from hotels.models import AuditEntry, FolioLine, Hotel, Invoice
from tests.factories import HotelFactory, PolicyFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of
from tests.jobs.services.no_shows import check, missed

pytestmark = pytest.mark.django_db
NO_BREAK = "\u00a0"


@pytest.fixture(params=["8.875", "9.975", "8.8755"])
def rate(request: pytest.FixtureRequest) -> str:
    return request.param


def test_the_rate_of_the_hotel_reaches_charge_and_document_unrounded(now, rate: str) -> None:
    hotel = HotelFactory(accommodation_tax_rate=Decimal(rate), prices_include_tax=False)
    missed(hotel, policy=PolicyFactory(hotel=hotel, taxed=True))
    check(hotel, now)

    line = FolioLine.objects.get()
    invoice = invoice_of(line.folio, now=now + timedelta(hours=1))

    assert Hotel.objects.get().accommodation_tax_rate == Decimal(rate)
    assert line.tax_rate == invoice.lines.get().tax_rate == Decimal(rate)
    tax = invoice.taxes.get()
    assert (tax.rate, tax.tax) == (Decimal(rate), round(tax.net * Decimal(rate) / 100, 2))


def test_the_printed_invoice_shows_all_decimals_of_the_rate(rate: str) -> None:
    invoice = invoice_of(completed(HotelFactory(), 100, rate=rate))

    printed = printed_document(Invoice.objects.get(pk=invoice.pk), now=NOW)

    assert printed.lines[0][4] == printed.taxes[0][0] == f"{rate}{NO_BREAK}%"


def test_the_pages_show_all_decimals_of_the_rate(rate: str, admin_client) -> None:
    invoice = invoice_of(completed(HotelFactory(), 100, rate=rate))

    for name in ("hotels:invoice", "admin:hotels_invoice_change"):
        page = admin_client.get(reverse(name, args=[invoice.pk])).content.decode()
        assert page.count(f"{rate}{NO_BREAK}%") == 2


def test_the_form_takes_four_decimals_and_shows_no_zeros(admin_client) -> None:
    hotel = HotelFactory(accommodation_tax_rate=Decimal("9.975"))

    page = admin_client.get(reverse("admin:hotels_hotel_change", args=[hotel.pk]))

    form = page.context["adminform"].form
    assert str(form["accommodation_tax_rate"].value()) == "9.975"
    assert form.fields["accommodation_tax_rate"].decimal_places == 4


def test_a_refused_credit_names_the_rate_with_all_decimals() -> None:
    folio = completed(HotelFactory(), 10, rate="8.875")
    room = folio.lines.get()
    charge(folio, 90)
    invoice = invoice_of(folio)
    issue_credit_note(invoice=invoice, gross=Decimal(10), now=NOW, reason="noise")

    with pytest.raises(CreditRefused, match=r"9\.00 EUR at 8\.875 % tax"):
        issue_credit_note(invoice=invoice, lines=[room], now=NOW, reason="noise")


def test_the_audit_trail_shows_all_decimals_of_the_rate() -> None:
    entry = AuditEntry(
        model="hotels.hotel",
        hotel=HotelFactory(),
        before={"accommodation_tax_rate": "6.0000"},
        after={"accommodation_tax_rate": "8.8755"},
    )

    ((_, before, after),) = display.rows_of(entry)

    assert (before, after) == ("6", "8.8755")
