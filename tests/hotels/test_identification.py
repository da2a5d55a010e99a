"""Names of tax numbers in each country."""

import pytest
from django.utils.translation import override

from hotels.identification import named_number, named_numbers


@pytest.mark.parametrize(
    ("country", "vat_id", "tax_number", "printed"),
    [
        (
            "DE",
            "DE136695976",
            "27/123/45678",
            ["USt-IdNr. DE136695976", "Steuernummer 27/123/45678"],
        ),
        ("PT", "PT509442013", "", ["NIF PT509442013"]),
        ("GB", "GB980780684", "", ["VAT number GB980780684"]),
        ("JP", "T1234567890123", "", ["Registration number T1234567890123"]),
        ("US", "", "84-1234567", ["EIN 84-1234567"]),
        ("NP", "", "301234567", ["PAN 301234567"]),
        ("AU", "51 824 753 556", "", ["ABN 51 824 753 556"]),
        ("NZ", "49-091-850", "", ["GST number 49-091-850"]),
        ("KW", "", "402117", ["Tax number 402117"]),
        ("", "X1", "2", ["VAT ID X1", "Tax number 2"]),
        ("FR", "", "", []),
    ],
)
def test_numbers_have_the_names_of_the_country(country, vat_id, tax_number, printed) -> None:
    assert named_numbers(country=country, vat_id=vat_id, tax_number=tax_number) == printed


@pytest.mark.parametrize("tax_number", ["509442013", "509 442 013", "PT509442013"])
def test_a_number_is_not_printed_twice(tax_number: str) -> None:
    printed = named_numbers(country="PT", vat_id="PT509442013", tax_number=tax_number)

    assert printed == ["NIF PT509442013"]


@pytest.mark.parametrize(
    ("country", "number", "printed"),
    [
        ("DEU", "DE136695976", "USt-IdNr. DE136695976"),
        ("", "PT509442013", "NIF PT509442013"),
        ("GRC", "EL123456789", "ΑΦΜ EL123456789"),
        ("CHE", "CHE-107.787.577", "MWST/TVA/IVA CHE-107.787.577"),
        ("PRT", "509442013", "NIF 509442013"),
        ("USA", "84-1234567", "EIN 84-1234567"),
        ("", "84-1234567", "Tax ID 84-1234567"),
        ("KWT", "402117", "Tax ID 402117"),
        ("DEU", "", ""),
    ],
)
def test_a_payers_number_is_named_by_its_prefix_or_country(country, number, printed) -> None:
    assert named_number(country=country, number=number) == printed


def test_english_names_are_translated_and_others_are_not() -> None:
    with override("de"):
        assert named_numbers(country="GB", vat_id="GB1", tax_number="") != ["VAT number GB1"]
        assert named_numbers(country="FR", vat_id="FR1", tax_number="") == ["N° TVA FR1"]
