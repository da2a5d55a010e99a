"""How people read amounts, numbers, days and instants: in the language of their pages (CLDR)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_name
from django.utils.translation import get_language, gettext, ngettext

from hotels import money

# The land a language is taken of, where CLDR would take another: days before months and a clock of
# 24 hours for the English, Portugal for the Portuguese, as Django's own catalogue of `pt` is.
_LANDS = {"en": "en_GB", "pt": "pt_PT"}


def locale() -> Locale:
    """The locale of the active language."""
    language = get_language() or "en"
    return Locale.parse(_LANDS.get(language) or language.replace("-", "_"))


def amount(value: Decimal, *, currency: str) -> str:
    """`412,00 €` for a German, `€412.00` for the English; rounded to the minor unit."""
    return money.localized(value, currency=currency, locale=str(locale()))


def plain_amount(value: Decimal, *, currency: str) -> str:
    """`412,00`, where the currency is said elsewhere; with the digits the currency has."""
    return format_currency(value, currency, format="#,##0.00", locale=locale())


def currency(code: str) -> str:
    """`EUR (euro)`."""
    name = get_currency_name(code, locale=locale())
    return code if name == code else f"{code} ({name})"


def country(code: str) -> str:
    """`Portugal` for `PRT` or `PT`; a code that is of no one country as it is."""
    alike = get_global("territory_aliases").get(code.upper(), [code.upper()])
    name: str = locale().territories.get(alike[0], code) if len(alike) == 1 else code
    return name


def number(value: float | Decimal) -> str:
    """With the separators of the language."""
    return format_decimal(value, locale=locale())


def percent(value: float | Decimal, *, digits: int = 1) -> str:
    """`value` in hundredths: 97.5 reads `97.5 %` in the way of the language."""
    pattern = "#,##0." + "#" * digits + "%" if digits else "#,##0%"
    return format_percent(Decimal(str(value)) / 100, format=_percent(pattern), locale=locale())


def _percent(pattern: str) -> str:
    """With the space before the sign where the language has one."""
    own = locale().percent_formats[None].pattern
    return pattern.replace("%", "\u00a0%") if "\u00a0%" in own else pattern


def day(value: date) -> str:
    """`Wed 15 Jul 2026`."""
    return format_skeleton("yMMMEd", value, locale=locale())


def date_of(value: date) -> str:
    """`15 Jul 2026`."""
    return format_date(value, format="medium", locale=locale())


def short_day(value: date) -> str:
    """`Wed 15 Jul`, where the year is plain."""
    return format_skeleton("MMMEd", value, locale=locale())


def month(value: date) -> str:
    """`July 2026`."""
    return format_skeleton("yMMMM", value, locale=locale())


def weekday(value: date) -> str:
    """`Wed`."""
    return format_skeleton("E", value, locale=locale())


def time_of_day(value: datetime, *, zone: ZoneInfo) -> str:
    """The time of day on the wall of `zone`: `02:14`."""
    return format_time(value, format="HH:mm", tzinfo=zone, locale=locale())


def instant(value: datetime, *, zone: ZoneInfo) -> str:
    """Day and time on the wall of `zone`: `15 Jul 2026, 02:14`."""
    return f"{date_of(value.astimezone(zone).date())}, {time_of_day(value, zone=zone)}"


def long_instant(value: datetime, *, zone: ZoneInfo) -> str:
    """With the day of the week, where it tells most: `Wed 15 Jul 2026, 02:14`."""
    return f"{day(value.astimezone(zone).date())}, {time_of_day(value, zone=zone)}"


def in_utc(value: datetime) -> str:
    """Day and time in UTC, for whoever looks closer."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def format_duration(value: timedelta | None) -> str:
    """How long something took: `340 ms`, `2.4 s`, `3 min 5 s`; nothing for None."""
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
    """An amount of work: `30 min`."""
    return gettext("%(count)s min") % {"count": number(value)}


def lateness(value: timedelta) -> str:
    """A span in the largest unit that fits: `12 min`, `3 hours`, `2 days`."""
    minutes = max(round(value.total_seconds() / 60), 0)
    if minutes < 120:
        return gettext("%(count)d min") % {"count": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
