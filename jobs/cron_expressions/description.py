"""Descriptions of cron expressions in English, German and Portuguese."""

import re
from calendar import day_name, month_name
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from jobs.cron_expressions.parsing import fields_of

MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK = range(5)
SPANS = (60, 24, None, 12, None)  # number of values; None for days, as months vary
EVERY = tuple(map(set, (range(60), range(24), range(1, 32), range(1, 13), range(7))))
STEP = re.compile(r"/(\d+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language of cron-descriptor: its locale code and its words for "only" and "or".

    `corrections` are patterns for awkward phrases of cron-descriptor, with the replacements.
    """

    code: str
    only: str
    either: str
    corrections: tuple[tuple[str, str], ...] = ()


LANGUAGES = {
    "en": Language(code="en_US", only="only ", either="or "),
    "de": Language(
        code="de_DE",
        only="nur ",
        either="oder ",
        corrections=(
            (r"(\d+)(?=(?:, \d+)*,? (?:und \d+ )?Tag des Monats)", r"\1."),
            (r", und\b", " und"),
        ),
    ),
    "pt": Language(
        code="pt_PT",
        only="somente ",
        either="ou ",
        corrections=(
            (r"\bsomente(?: de)?\b", "apenas"),
            (r"\bou de\b", "ou"),
            (r", e\b", " e"),
            (r"(?<=, )Às\b", "às"),
        ),
    ),
}


@lru_cache(maxsize=4096)
def describe(*, expression: str, language: str = "en") -> str:
    """Return a description such as `At 00:00, only on Monday`, with 24-hour times.

    `expression` has five fields. `language` is a key of LANGUAGES; any other gives English.
    Raises BadExpression.
    """
    phrases = LANGUAGES.get(language, LANGUAGES["en"])
    words = _uncorrected(expression, phrases)
    for pattern, replacement in phrases.corrections:
        words = re.sub(pattern, replacement, words)
    return words


def _uncorrected(expression: str, phrases: Language) -> str:
    fields = _plain_fields(expression)
    # cron-descriptor does not know when cron combines the two day fields by "and" or by "or".
    either = not fields_of(expression).day_and
    if "*" in (fields[DAY_OF_MONTH], fields[DAY_OF_WEEK]):
        if either:  # "this day of the month or any day of the week" is every day
            fields[DAY_OF_MONTH] = fields[DAY_OF_WEEK] = "*"
        return _described(fields, phrases)
    weekdays = [*fields[:2], "*", "*", fields[DAY_OF_WEEK]]
    of_week = _described(weekdays, phrases, "DAYOFWEEK")
    if either:
        of_week = f", {phrases.either}" + of_week.removeprefix(", ").removeprefix(phrases.only)
    return (
        _described([*fields[:3], "*", "*"], phrases)
        + of_week
        + _described([*fields[:2], "*", fields[MONTH], "*"], phrases, "MONTH")
    )


def _described(fields: list[str], phrases: Language, part: str = "FULL") -> str:
    # Commands that run jobs describe nothing, and start sooner without it.
    from cron_descriptor import DescriptionTypeEnum, ExpressionDescriptor, Options

    options = Options(use_24hour_time_format=True, locale_code=phrases.code)
    described = ExpressionDescriptor(" ".join(fields), options)
    words = str(described.get_description(DescriptionTypeEnum[part]))
    return _NAMES.sub(lambda name: _names(phrases.code)[name[0]], words)


# cron-descriptor uses Python's English names of days and months in every language.
_NAMES = re.compile("|".join((*day_name, *month_name[1:])))


@lru_cache
def _names(code: str) -> Mapping[str, str]:
    locale = Locale.parse(code)
    days, months = (names["format"]["wide"] for names in (locale.days, locale.months))
    return {
        **{name: days[position] for position, name in enumerate(day_name)},
        **{name: months[position] for position, name in enumerate(month_name) if name},
    }


def _plain_fields(expression: str) -> list[str]:
    """Return the fields, with lists of numbers where cron-descriptor would be wrong."""
    read = fields_of(expression)
    values = (read.minutes, read.hours, read.days, read.months, read.weekdays)
    fields = expression.upper().split()
    for position, field in enumerate(fields):
        numbers = {value for value in values[position] if isinstance(value, int) and value >= 0}
        is_misread = _is_misread(position, field)
        if position == DAY_OF_WEEK:
            is_misread = is_misread or {0, 7} <= numbers
            numbers = {number % 7 for number in numbers}
        if numbers == EVERY[position]:
            fields[position] = "*"
        elif numbers and is_misread:
            fields[position] = ",".join(map(str, sorted(numbers)))
    return fields


def _is_misread(position: int, field: str) -> bool:
    """Return True if cron-descriptor misreads a field.

    */45 minutes is not every 45 minutes, and */7 as a day of the week is Sunday.
    """
    step = STEP.search(field)
    if "," in field or position == DAY_OF_WEEK:
        return step is not None or "*" in field
    span = SPANS[position]
    if step is None or "-" in field:
        return False
    return span is None or span % int(step[1]) != 0
