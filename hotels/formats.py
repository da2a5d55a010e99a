"""Formats of amounts, percentages, dates and times: on pages, in PDFs and in stored texts.

Pages and PDFs follow the active language (CLDR). Stored texts are always in English: their formats
are the functions with `_in_english` in their names.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.languages import get_official_languages
from babel.localedata import exists
from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_name,
    parse_decimal,
)
from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext

from hotels import money
from hotels.i18n import in_english

# The region of a language where CLDR's default does not fit: British English puts the day before
# the month and uses a 24-hour clock; Django's own catalogue for `pt` is that of Portugal.
_REGIONS = {"en": "en_GB", "pt": "pt_PT"}
_NO_BREAK_SPACE = "\u00a0"
# Babel alone would also read 1e5, NaN and the digits of other scripts.
_TYPED_NUMBER = re.compile(r"-?[0-9][0-9., \u00a0\u202f]{0,30}")


def locale() -> Locale:
    """The locale of the active language; British English where no language is active."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(_REGIONS.get(language) or language.replace("-", "_"))


def amount(value: Decimal, *, currency: str) -> str:
    """An amount with its currency: `412.00 EUR`, in German `412,00 EUR`.

    Rounded to the currency's minor unit. The space does not break; in stored English texts, where
    it is an ordinary one, use `money.amount_in_english`.
    """
    return f"{plain_amount(value, currency=currency)}{_NO_BREAK_SPACE}{currency}"


def plain_amount(value: Decimal, *, currency: str) -> str:
    """An amount without its currency, for tables that name it once: `412.00`, `1,200` for JPY."""
    pattern = locale().decimal_formats[None]
    # Plus zero: a negative zero reads 0.00, not -0.00.
    return format_currency(value + money.ZERO, currency, format=pattern, locale=locale())


def unit_price(value: Decimal, *, currency: str) -> str:
    """A price without its currency: like an amount, but with all its decimals: `0.8333`."""
    if value == money.round_money(value, currency=currency):
        return plain_amount(value, currency=currency)
    return exact_number(value)


def currency(code: str) -> str:
    """A currency's code with its name: `EUR (Euro)`; only the code where CLDR has no name."""
    name = get_currency_name(code, locale=locale())
    return code if name == code else f"{code} ({name})"


def country(code: str) -> str:
    """A country's name from its ISO 3166-1 code: `Portugal` for `PRT` or `PT`.

    Returns the code itself when it is not the code of exactly one country.
    """
    known = _alpha_2(code)
    name: str = locale().territories.get(known, code) if known else code
    return name


def is_name_of_country(text: str, *, code: str) -> bool:
    """Return True for the country's code or name, in a language of the project or its own."""
    known = _alpha_2(code)
    if not text or not known:
        return False
    languages = {language for language, _ in settings.LANGUAGES}
    languages |= {each for each in get_official_languages(known) if exists(each)}
    names = {Locale.parse(each).territories.get(known, code) for each in languages}
    return text.casefold() in {each.casefold() for each in (code, known, *names)}


def _alpha_2(code: str) -> str:
    """The code of two letters; empty if `code` is not the code of exactly one country."""
    codes = get_global("territory_aliases").get(code.upper(), [code.upper()])
    return codes[0] if len(codes) == 1 else ""


def number(value: float | Decimal) -> str:
    """A number with the separators of the language: `1,204`, in German `1.204`."""
    return format_decimal(value, locale=locale())


def parse_number(text: str) -> Decimal | None:
    """The number a user typed as in the active language: `1,204.50`, in German `1.204,50`.

    None if it is not one in that language: `1.204,50` in English is a number typed wrongly, and a
    guess could be wrong by a factor of a thousand.
    """
    typed = text.strip().replace("\u202f", _NO_BREAK_SPACE)
    if not _TYPED_NUMBER.fullmatch(typed):
        return None
    try:
        return parse_decimal(typed, locale=locale(), strict=True)
    except NumberFormatError:
        return None


def exact_number(value: Decimal) -> str:
    """A number with all its decimals, without zeros at the end: `8.8755`, in German `8,8755`."""
    return format_decimal(value.normalize(), locale=locale(), decimal_quantization=False)


def percent(value: float | Decimal, *, digits: int = 1) -> str:
    """A percentage: `6.9 %` for 6.88, with at most `digits` decimals. The space does not break."""
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    written = format_decimal(Decimal(str(value)), format=pattern, locale=locale())
    return f"{written}{_NO_BREAK_SPACE}%"


@in_english()
def percent_in_english(value: float | Decimal, *, digits: int = 1) -> str:
    """A percentage for stored texts: `6.9 %`, with an ordinary space."""
    return percent(value, digits=digits).replace(_NO_BREAK_SPACE, " ")


def tax_rate(value: float | Decimal) -> str:
    """A tax rate with all its decimals, at most four: `6 %`, `8.875 %`."""
    return percent(value, digits=4)


def tax_rate_in_english(value: float | Decimal) -> str:
    """A tax rate for stored texts, with an ordinary space."""
    return percent_in_english(value, digits=4)


def day(value: date) -> str:
    """A date with its weekday: `Wed, 15 Jul 2026`."""
    return format_skeleton("yMMMEd", value, locale=locale())


def date_of(value: date) -> str:
    """A date: `15 Jul 2026`."""
    return _date_of(value.year, value.month, value.day, get_language() or "en")


@lru_cache(maxsize=2048)  # a list has the same few dates in each row
def _date_of(year: int, month: int, day: int, language: str) -> str:
    return format_date(date(year, month, day), format="medium", locale=_locale(language))


@in_english()
def date_in_english(value: date) -> str:
    """A date for stored texts: `15 Jul 2026`."""
    return date_of(value)


def short_day(value: date) -> str:
    """A date with its weekday, for places where the year is obvious: `Wed, 15 Jul`."""
    return format_skeleton("MMMEd", value, locale=locale())


def month(value: date) -> str:
    """A month with its year: `July 2026`."""
    return format_skeleton("yMMMM", value, locale=locale())


def weekday(value: date) -> str:
    """A weekday: `Wed`."""
    return format_skeleton("E", value, locale=locale())


def time_of_day(value: datetime, *, zone: ZoneInfo) -> str:
    """The local time of day in `zone`: `02:14`."""
    return format_time(value, format="HH:mm", tzinfo=zone, locale=locale())


def format_instant(value: datetime, *, zone: ZoneInfo) -> str:
    """The local date and time in `zone`: `15 Jul 2026, 02:14`."""
    return f"{date_of(value.astimezone(zone).date())}, {time_of_day(value, zone=zone)}"


@in_english()
def instant_in_english(value: datetime, *, zone: ZoneInfo) -> str:
    """The local date and time for stored texts: `15 Jul 2026, 02:14 (Lisbon time)`."""
    return f"{format_instant(value, zone=zone)} ({zone_name(zone)})"


def zone_name(zone: ZoneInfo) -> str:
    """The city of a zone, as in `Lisbon time`; UTC and zones without a city keep their name."""
    if "/" not in zone.key or zone.key.startswith("Etc/"):
        return zone.key.removeprefix("Etc/")
    city = get_timezone_location(zone, locale=locale(), return_city=True)
    return gettext("%(city)s time") % {"city": city}


def long_instant(value: datetime, *, zone: ZoneInfo) -> str:
    """The local date and time in `zone` with the weekday: `Wed, 15 Jul 2026, 02:14`."""
    return f"{day(value.astimezone(zone).date())}, {time_of_day(value, zone=zone)}"


def in_utc(value: datetime) -> str:
    """The date and time in UTC, to the second: `15 Jul 2026, 02:14:07 UTC`."""
    moment = value.astimezone(UTC)
    return f"{date_of(moment.date())}, {moment:%H:%M:%S} UTC"


def format_duration(value: timedelta | None) -> str:
    """A duration: `340 ms`, `2.4 s`, `3 min 5 s`; empty for None."""
    if value is None:
        return ""
    seconds = value.total_seconds()
    if seconds < 1:
        return gettext("%(count)s ms") % {"count": number(round(seconds * 1000))}
    if seconds < 60:
        return gettext("%(count)s s") % {"count": number(round(seconds, 1))}
    minutes, rest = divmod(round(seconds), 60)
    return gettext("%(minutes)s min %(seconds)s s") % {"minutes": number(minutes), "seconds": rest}


def minutes(value: int) -> str:
    """A number of minutes: `30 min`."""
    return _minutes(value, get_language())


@lru_cache(maxsize=2048)  # a list of cleans has the same few amounts of work in each row
def _minutes(value: int, _language: str | None) -> str:
    return gettext("%(count)s min") % {"count": number(value)}


def lateness(value: timedelta) -> str:
    """A delay in the largest unit that fits: `12 min`, `3 hours`, `2 days`; never negative."""
    minutes = max(round(value.total_seconds() / 60), 0)
    if minutes < 120:
        return gettext("%(count)d min") % {"count": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
