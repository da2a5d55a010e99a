"""Names of the numbers by which tax offices know a business, as each country prints them.

Names are those of the national tax authorities, as collected by python-stdnum. Words of English
are translated with the document; names of other languages and abbreviations are not.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.core import get_global
from django.utils.translation import gettext_lazy as _

from hotels.countries import EU

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_VAT_ID = _("VAT ID")
_VAT_NUMBER = _("VAT number")
_GST_NUMBER = _("GST number")
_REGISTRATION = _("Registration number")
_TAX_NUMBER = _("Tax number")
_TAX_ID = _("Tax ID")


@dataclass(frozen=True, kw_only=True)
class _Names:
    """The names of the number of the tax on sales, and of the other tax number."""

    vat: "_StrOrPromise" = _VAT_ID
    number: "_StrOrPromise" = _TAX_NUMBER


# By ISO 3166-1 alpha-2 code.
_NAMES = {
    "AE": _Names(vat="TRN", number="TRN"),
    "AR": _Names(vat="CUIT", number="CUIT"),
    "AT": _Names(vat="UID-Nr.", number="Steuernummer"),
    "AU": _Names(vat="ABN", number="ABN"),
    "BE": _Names(vat="BTW/TVA", number="BCE/KBO"),
    "BR": _Names(vat="CNPJ", number="CNPJ"),
    "CA": _Names(vat=_("GST/HST number"), number=_("Business number")),
    "CH": _Names(vat="MWST/TVA/IVA", number="UID"),
    "CL": _Names(vat="RUT", number="RUT"),
    "CO": _Names(vat="NIT", number="NIT"),
    "CZ": _Names(vat="DIČ", number="IČO"),
    "DE": _Names(vat="USt-IdNr.", number="Steuernummer"),
    "DK": _Names(vat="CVR-nr.", number="CVR-nr."),
    "EE": _Names(vat="KMKR nr"),
    "ES": _Names(vat="NIF-IVA", number="NIF"),
    "FI": _Names(vat="ALV-numero", number="Y-tunnus"),
    "FR": _Names(vat="N° TVA", number="SIREN"),
    "GB": _Names(vat=_VAT_NUMBER, number="UTR"),
    "GR": _Names(vat="ΑΦΜ", number="ΑΦΜ"),
    "HR": _Names(vat="PDV ID", number="OIB"),
    "HU": _Names(vat="Közösségi adószám", number="Adószám"),
    "ID": _Names(vat="NPWP", number="NPWP"),
    "IE": _Names(vat=_VAT_NUMBER),
    "IN": _Names(vat="GSTIN", number="PAN"),
    "IS": _Names(vat="VSK-númer", number="Kennitala"),
    "IT": _Names(vat="Partita IVA", number="Codice fiscale"),
    "JP": _Names(vat=_REGISTRATION, number=_("Corporate number")),
    "LT": _Names(vat="PVM kodas"),
    "LU": _Names(vat="N° TVA"),
    "LV": _Names(vat="PVN reģ. Nr."),
    "MT": _Names(vat=_VAT_NUMBER),
    "MX": _Names(vat="RFC", number="RFC"),
    "NL": _Names(vat="Btw-id", number="RSIN"),
    "NO": _Names(vat="MVA", number="Org.nr."),
    "NP": _Names(vat=_VAT_NUMBER, number="PAN"),
    "NZ": _Names(vat=_GST_NUMBER, number="IRD"),
    "PE": _Names(vat="RUC", number="RUC"),
    "PH": _Names(vat="VAT Reg. TIN", number="TIN"),
    "PL": _Names(vat="NIP", number="NIP"),
    "PT": _Names(vat="NIF", number="NIF"),
    "RO": _Names(vat="Cod TVA", number="CUI"),
    "SA": _Names(vat=_VAT_NUMBER, number="TIN"),
    "SE": _Names(vat="Momsreg.nr", number="Org.nr"),
    "SG": _Names(vat=_GST_NUMBER, number="UEN"),
    "SI": _Names(vat="ID za DDV"),
    "SK": _Names(vat="IČ DPH", number="DIČ"),
    "TR": _Names(vat="VKN", number="VKN"),
    "US": _Names(vat="EIN", number="EIN"),
    "ZA": _Names(vat=_VAT_NUMBER),
}
_OTHER = _Names()
# The prefixes of VAT IDs that are not the country's code.
_PREFIXES = {"EL": "GR", "XI": "GB", "CHE": "CH"}


def named_numbers(*, country: str, vat_id: str, tax_number: str) -> list[str]:
    """The numbers of a business with their names in its country: `NIF PT509442013`.

    `country` is an ISO 3166-1 alpha-2 code, or empty. A tax number that is the VAT ID without its
    prefix is left out.
    """
    names = _NAMES.get(country, _OTHER)
    if vat_id and re.sub(r"\W", "", vat_id).upper().endswith(re.sub(r"\W", "", tax_number).upper()):
        tax_number = ""
    pairs = ((names.vat, vat_id), (names.number, tax_number))
    return [f"{name} {number}" for name, number in pairs if number]


def named_number(*, country: str, number: str) -> str:
    """A number of which the kind is unknown, such as a payer's, with its name; empty without one.

    It is a VAT ID if it begins with the prefix of an EU country, the United Kingdom or Switzerland.
    `country` is an ISO 3166-1 code of two or three letters, or empty.
    """
    if not number:
        return ""
    prefix = next((p for p in _PREFIXES if number.upper().startswith(p)), number[:2].upper())
    origin = _PREFIXES.get(prefix, prefix)
    rest = number[len(prefix) :]
    if origin in EU | {"GB", "CH"} and any(sign.isdigit() for sign in rest):
        return f"{_NAMES.get(origin, _OTHER).vat} {number}"
    codes = get_global("territory_aliases").get(country.upper(), [country.upper()])
    names = _NAMES.get(codes[0]) if len(codes) == 1 else None
    return f"{names.number if names else _TAX_ID} {number}"
