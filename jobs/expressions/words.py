"""An expression as a person says it."""

import re
from functools import lru_cache

from cron_descriptor import DescriptionTypeEnum, ExpressionDescriptor, Options

from jobs.expressions.pattern import fields_of

MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK = range(5)
SPANS = (60, 24, None, 12, None)  # what a step can divide evenly; months and weeks vary
EVERY = tuple(map(set, (range(60), range(24), range(1, 32), range(1, 13), range(7))))
STEP = re.compile(r"/(\d+)", re.ASCII)


@lru_cache(maxsize=4096)
def in_words(*, expression: str) -> str:
    """`At 00:00, only on Monday`, times in 24 hours; five fields. Raises BadExpression."""
    fields = _plain_fields(expression)
    # cron-descriptor does not know when cron means "and" and when it means "or".
    either = not fields_of(expression).day_and
    if "*" in (fields[DAY_OF_MONTH], fields[DAY_OF_WEEK]):
        if either:  # a day of the month, or any day of the week
            fields[DAY_OF_MONTH] = fields[DAY_OF_WEEK] = "*"
        return _described(fields)
    weekdays = [*fields[:2], "*", "*", fields[DAY_OF_WEEK]]
    of_week = _described(weekdays, DescriptionTypeEnum.DAYOFWEEK)
    if either:
        of_week = ", or " + of_week.removeprefix(", ").removeprefix("only ")
    return (
        _described([*fields[:3], "*", "*"])
        + of_week
        + _described([*fields[:2], "*", fields[MONTH], "*"], DescriptionTypeEnum.MONTH)
    )


def _described(fields: list[str], part: DescriptionTypeEnum = DescriptionTypeEnum.FULL) -> str:
    options = Options()
    options.use_24hour_time_format = True
    return str(ExpressionDescriptor(" ".join(fields), options).get_description(part))


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
