"""No text that the project wrote in English is on a document in another language."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils.translation import override

from hotels import phrases
from hotels.billing.credit import issue_credit_note
from hotels.billing.invoice_pdf import pdf_of
from hotels.models import FolioLine, Hotel, Invoice
from hotels.models.invoice_settings import ZeroTaxReason
from tests.factories import GuestFactory, HotelFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of
from tests.hotels.billing.test_invoice_pdf import read

NIGHT = date(2026, 5, 13)
FEE = phrases.no_show_fee(room="LIS-7/1", arrival=NIGHT)
# Names and codes, and words that are the same in another language.
SAME = {"Miradouro", "Moura", "Rita", "Euro", "EUR", "IBAN", "BIC", "INV", "NIF", "LIS", "Folio"}
SAME |= {"BPTMPTPL", "Banco", "Bank", "CIVA", "Total", "zero"}

pytestmark = pytest.mark.django_db


def generated() -> list[phrases.Phrase]:
    nights = [phrases.night_of(NIGHT), phrases.night_of(NIGHT, room="101")]
    posted = [*nights, FEE]
    return posted + [phrases.reversal_of("", phrase=each.to_json()) for each in posted]


@pytest.fixture
def invoice() -> Invoice:
    """An invoice with every kind of generated line and every reason for 0 %."""
    hotel = HotelFactory(
        name="Miradouro",
        legal_name="Miradouro",
        email="",
        vat_id="PT509442013",
        zero_tax_note="CIVA",
        payment_days=14,
        bank_account="PT50000201231234567890154",
        bank_bic="BPTMPTPL",
        bank_name="Banco",
    )
    folio = completed(hotel, payer=GuestFactory(hotel=hotel, name="Rita Moura"))
    folio.booking.reference = "LIS-7"
    folio.booking.save()
    for phrase in generated():
        charge(folio, 10, description=phrase.text_in_english(), phrase=phrase.to_json(), rate=6)
    for reason in ZeroTaxReason.values:
        charge(folio, 10, description="", zero_tax_reason=reason)
    return invoice_of(folio)


def words(document: Invoice, language: str) -> set[str]:
    with override(language):
        text = read(pdf_of(Invoice.objects.get(pk=document.pk), now=NOW))
    return set(re.findall(r"[^\W\d_]{3,}", text))


LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invoice_has_no_english_word(invoice: Invoice, language: str) -> None:
    assert words(invoice, language) & words(invoice, "en") - SAME == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [phrases.fee_waived("LIS-7/1"), phrases.reinstated("LIS-7/1")])
def test_a_credit_note_has_no_english_word(
    invoice: Invoice, language: str, reason: phrases.Phrase
) -> None:
    note = issue_credit_note(invoice=invoice, now=NOW, reason=reason, gross=Decimal(25))

    assert note.reason == reason.text_in_english()
    assert words(note, language) & words(note, "en") - SAME == set()


def test_a_description_typed_by_staff_is_printed_as_it_is(invoice: Invoice) -> None:
    folio = completed(Hotel.objects.get())
    charge(folio, 10, description="Birthday cake")

    assert {"Birthday", "cake"} <= words(invoice_of(folio), "de")


def test_a_reversed_charge_of_staff_keeps_its_words() -> None:
    phrase = phrases.reversal_of("Birthday cake", phrase={})

    with override("de"):
        assert phrases.shown_text("", phrase=phrase.to_json()).endswith(": Birthday cake")
        assert not phrase.text().startswith("Reversed")


def test_an_unknown_phrase_is_printed_as_it_was_stored() -> None:
    assert phrases.shown_text("City tax", phrase={"code": "CITY_TAX", "values": {}}) == "City tax"


def test_a_posted_fee_is_stored_in_english() -> None:
    assert FEE.text_in_english() == "No-show fee LIS-7/1, arrival 13 May 2026"
    assert FolioLine(description="x", phrase=FEE.to_json()).phrase["code"] == "NO_SHOW_FEE"
