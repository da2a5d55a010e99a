"""An expression as a person says it."""

import re
from calendar import day_name, month_name
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from cron_descriptor import DescriptionTypeEnum, ExpressionDescriptor, Options

from jobs.cron_expressions.parsing import fields_of

MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK = range(5)
SPANS = (60, 24, None, 12, None)  # what a step can divide evenly; months and weeks vary
EVERY = tuple(map(set, (range(60), range(24), range(1, 32), range(1, 13), range(7))))
STEP = re.compile(r"/(\d+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Language:
    """A catalogue of cron-descriptor: how it says "only" before days of the week, and "or".

    `mends` are its phrases that nobody would say, as patterns, and what to say in their place.
    """

    code: str
    only: str
    either: str
    mends: tuple[tuple[str, str], ...] = ()


LANGUAGES = {
    "en": Language(code="en_US", only="only ", either="or "),
    "de": Language(
        code="de_DE",
        only="nur ",
        either="oder ",
        mends=(
            (r"(\d+)(?=(?:, \d+)*,? (?:und \d+ )?Tag des Monats)", r"\1."),
            (r", und\b", " und"),
        ),
    ),
    "pt": Language(
        code="pt_PT",
        only="somente ",
        either="ou ",
        mends=(
            (r"\bsomente(?: de)?\b", "apenas"),
            (r"\bou de\b", "ou"),
            (r", e\b", " e"),
            (r"(?<=, )Às\b", "às"),
        ),
    ),
}


@lru_cache(maxsize=4096)
def describe(*, expression: str, language: str = "en") -> str:
    """`At 00:00, only on Monday`, times in 24 hours; five fields. Raises BadExpression.

    `language` is one of LANGUAGES; what is stored or told to programs stays English.
    """
    spoken = LANGUAGES.get(language, LANGUAGES["en"])
    words = _in_words(expression, spoken)
    for pattern, instead in spoken.mends:
        words = re.sub(pattern, instead, words)
    return words


def _in_words(expression: str, spoken: Language) -> str:
    fields = _plain_fields(expression)
    # cron-descriptor does not know when cron means "and" and when it means "or".
    either = not fields_of(expression).day_and
    if "*" in (fields[DAY_OF_MONTH], fields[DAY_OF_WEEK]):
        if either:  # a day of the month, or any day of the week
            fields[DAY_OF_MONTH] = fields[DAY_OF_WEEK] = "*"
        return _described(fields, spoken)
    weekdays = [*fields[:2], "*", "*", fields[DAY_OF_WEEK]]
    of_week = _described(weekdays, spoken, DescriptionTypeEnum.DAYOFWEEK)
    if either:
        of_week = f", {spoken.either}" + of_week.removeprefix(", ").removeprefix(spoken.only)
    return (
        _described([*fields[:3], "*", "*"], spoken)
        + of_week
        + _described([*fields[:2], "*", fields[MONTH], "*"], spoken, DescriptionTypeEnum.MONTH)
    )


def _described(
    fields: list[str], spoken: Language, part: DescriptionTypeEnum = DescriptionTypeEnum.FULL
) -> str:
    options = Options(use_24hour_time_format=True, locale_code=spoken.code)
    words = str(ExpressionDescriptor(" ".join(fields), options).get_description(part))
    return _NAMES.sub(lambda name: _names(spoken.code)[name[0]], words)


# cron-descriptor takes the names of days and months from Python, not from its catalogues.
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
    """The fields, with the numbers written out where cron-descriptor would say something else."""
    read = fields_of(expression)
    values = (read.minutes, read.hours, read.days, read.months, read.weekdays)
    fields = expression.upper().split()
    for position, field in enumerate(fields):
        numbers = {value for value in values[position] if isinstance(value, int) and value >= 0}
        misleads = _misleads(position, field)
        if position == DAY_OF_WEEK:
            misleads = misleads or {0, 7} <= numbers
            numbers = {number % 7 for number in numbers}
        if numbers == EVERY[position]:
            fields[position] = "*"
        elif numbers and misleads:
            fields[position] = ",".join(map(str, sorted(numbers)))
    return fields


def _misleads(position: int, field: str) -> bool:
    """*/45 minutes is not every 45 minutes, and */7 as a day of the week is Sunday."""
    step = STEP.search(field)
    if "," in field or position == DAY_OF_WEEK:
        return step is not None or "*" in field
    span = SPANS[position]
    if step is None or "-" in field:
        return False
    return span is None or span % int(step[1]) != 0
