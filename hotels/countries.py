"""Country of a time zone, and the countries whose rules differ."""

from functools import cache

from babel.core import get_global

JAPAN = "JP"
# ISO 3166-1 codes. The EU with Iceland, Liechtenstein and Norway is the EEA.
# fmt: off
EEA = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO",
})
EU = EEA - {"IS", "LI", "NO"}
# Paper of US Letter size; A4 elsewhere (CLDR, supplemental data, `paperSize`).
US_LETTER = frozenset({
    "BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE",
})
# fmt: on


@cache
def country_of_zone(zone: str) -> str:
    """The ISO 3166-1 alpha-2 code of the country of an IANA time zone, such as `PT` (CLDR).

    Empty for a zone of no single country, such as UTC.
    """
    known = get_global("zone_territories")
    code: str = known.get(get_global("zone_aliases").get(zone, zone), "")
    return "" if code in ("ZZ", "001") else code


def paper_of(country: str) -> str:
    """The paper of documents in a country, as Typst names it: `us-letter` or `a4`."""
    return "us-letter" if country in US_LETTER else "a4"


def taxes_once_per_rate(country: str) -> bool:
    """Return True if invoices of a country round the tax once per rate: in Japan and the EEA.

    Japan: qualified invoices, Consumption Tax Act Enforcement Order Art. 70-10. EEA: EN 16931,
    rule BR-CO-17.
    """
    return country == JAPAN or country in EEA
