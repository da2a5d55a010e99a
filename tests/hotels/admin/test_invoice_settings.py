"""The hotel form checks the bank account that is printed on invoices."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from hotels.models import Hotel
from hotels.models.invoice_settings import validate_account, validate_bic
from tests.factories import HotelFactory
from tests.hotels.admin.books import form_of, page


@pytest.mark.parametrize("number", ["DE89 3704 0044 0532 0130 00", "001-1234567", "ABA 021000021"])
def test_ibans_and_other_account_numbers_are_accepted(number: str) -> None:
    validate_account(number)


@pytest.mark.parametrize("number", ["DE89 3704 0044 0532 0130 01", "pt50 0002 0123", "XX00 1"])
def test_an_iban_with_a_wrong_digit_or_length_is_refused(number: str) -> None:
    with pytest.raises(ValidationError, match="This IBAN is wrong"):
        validate_account(number)


def test_a_wrong_bic_is_refused() -> None:
    validate_bic("COBADEFFXXX")
    with pytest.raises(ValidationError, match="is not a BIC"):
        validate_bic("COMMERZ")


@pytest.mark.django_db
def test_the_form_saves_the_settings_and_refuses_a_wrong_iban(admin_client: Client) -> None:
    hotel = HotelFactory()
    url = page("change", hotel)
    data = form_of(hotel, vat_id="PT509442013", payment_days=14, zero_tax_reason="EXEMPT")

    refused = admin_client.post(url, data | {"bank_account": "PT51000201231234567890154"})
    admin_client.post(url, data | {"bank_account": "PT50000201231234567890154"})

    assert "This IBAN is wrong" in refused.content.decode()
    saved = Hotel.objects.get(pk=hotel.pk)
    assert (saved.vat_id, saved.payment_days) == ("PT509442013", 14)
    assert saved.bank_account == "PT50000201231234567890154"
