"""Country codes of ISO 3166-1, from CLDR."""

from functools import cache

from babel.core import get_global


@cache
def _two_letters() -> dict[str, str]:
    """Return the two-letter code of every three-letter code, withdrawn codes included.

    A withdrawn code that became several countries has an empty one.
    """
    return {
        alias: territories[0] if len(territories) == 1 else ""
        for alias, territories in get_global("territory_aliases").items()
        if len(alias) == 3 and alias.isalpha()
    }


def is_alpha3(code: str) -> bool:
    """Return whether `code` is a three-letter code, withdrawn codes included."""
    return code in _two_letters()


@cache
def alpha3_of(two_letters: str) -> str:
    """Return the three-letter code of a two-letter code, `CHN` for `CN`; empty if there is none."""
    found = [three for three, two in _two_letters().items() if two and two == two_letters]
    # Withdrawn codes map to the same country (DEU and DDR to DE): prefer the one that starts alike.
    return min(found, key=lambda three: (not three.startswith(two_letters), three), default="")
