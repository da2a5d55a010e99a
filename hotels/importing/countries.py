"""Country codes as CLDR knows them."""

from functools import cache

from babel.core import get_global


@cache
def _two_letters() -> dict[str, str]:
    """The two-letter code of every three-letter code of ISO 3166-1, withdrawn ones included."""
    return {
        alias: territories[0] if len(territories) == 1 else ""
        for alias, territories in get_global("territory_aliases").items()
        if len(alias) == 3 and alias.isalpha()
    }


def is_alpha3(code: str) -> bool:
    """Whether `code` is, or once was, a three-letter code of ISO 3166-1."""
    return code in _two_letters()


@cache
def alpha3_of(two_letters: str) -> str:
    """The three-letter code of a two-letter one (`CN` is `CHN`); empty when there is none."""
    found = [three for three, two in _two_letters().items() if two and two == two_letters]
    # Withdrawn codes point at today's country as well: of DEU and DDR the one that reads like it.
    return min(found, key=lambda three: (not three.startswith(two_letters), three), default="")
