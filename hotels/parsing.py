"""Keys, whole numbers and dates in text that users and programs type."""

from datetime import date

# A year outside of these is a typing error.
YEARS = range(1970, 2200)
LARGEST_KEY = 2**63 - 1


def parse_whole_number(text: str, *, least: int = 0, most: int) -> int | None:
    """The number written in ASCII digits, or None if it is not one from `least` to `most`."""
    # int() alone would accept signs, spaces, underscores and digits of other scripts.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if least <= number <= most else None


def parse_key(text: str) -> int | None:
    """The primary key of a row, or None if no row can have it."""
    return parse_whole_number(text, least=1, most=LARGEST_KEY)


def parse_date(text: str) -> date | None:
    """The date of an ISO 8601 text such as `2026-07-15`, or None if it is not one in `YEARS`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
