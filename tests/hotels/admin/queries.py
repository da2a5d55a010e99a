"""Random query strings for lists: lookups of any field, odd values, odd parameters."""

import random
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model

LOOKUPS = (
    *("", "exact", "iexact", "contains", "icontains", "startswith", "regex", "iregex", "in"),
    *("gt", "lt", "range", "isnull", "year", "month", "week_day", "hour", "time", "date"),
    *("date__year", "year__gt", "unaccent", "contained_by", "has_key", "id__exact", "hotel__name"),
    *("pk", "user__password__startswith", "hotel__memberships__user__email__contains"),
)
VALUES = (
    *("", "0", "1", "-1", "1,2,3", "1.5", "true", "None", "x", "Infinity", "NaN", "1e400"),
    *("9" * 30, "2147483648", "9223372036854775807", "-9223372036854775809", "2026-02-30"),
    *("2026-07-15", "0000-00-00", "99999-01-01", "(a+)+$", "[", "\\", "%", "_" * 300, "\x00"),
    *("\udcff", "\u202e", "٣", "' OR 1=1 --", "{}", "[]", "a" * 5000, "2026-07-15T25:61Z"),
)
PARAMETERS = ("o", "p", "q", "all", "e", "_facets", "_popup", "_to_field", "_source_model", "x")

# Of the pages of the console and the lists of the API.
PAGE_PARAMETERS = (
    *("hotel", "hotels", "hotelId", "job", "jobName", "status", "trigger", "kind", "q", "order"),
    *("page", "cursor", "limit", "offset", "date", "from", "to", "start", "end", "startDate"),
    *("endDate", "days", "period", "before", "after", "next", "problems", "number", "expression"),
    *("clock", "language", "floor", "assignee", "room_type", "format", "x"),
)


def query_string(model: type[Model], *, chance: random.Random) -> str:
    """One to three parameters: of the declared filters, of any field, or of the list itself."""
    options = admin.site.get_model_admin(model)
    pairs = [
        (chance.choice([_declared, _any_field, _own])(options, chance), chance.choice(VALUES))
        for _ in range(chance.choice([1, 1, 2, 3]))
    ]
    return urlencode(pairs, errors="surrogatepass")


def page_query(*, chance: random.Random) -> str:
    """One to three parameters of pages with odd values."""
    pairs = [
        (chance.choice(PAGE_PARAMETERS), chance.choice(VALUES))
        for _ in range(chance.choice([1, 1, 2, 3]))
    ]
    return urlencode(pairs, errors="surrogatepass")


def _declared(options: Any, chance: random.Random) -> str:
    names = [each if isinstance(each, str) else each[0] for each in _filters(options)]
    if not names:
        return "q"
    suffix = chance.choice(["", "__exact", "__id__exact", "__isnull", "_from", "_to", "__in"])
    return f"{chance.choice(names)}{suffix}"


def _filters(options: Any) -> list[Any]:
    own = [each for each in options.list_filter if isinstance(each, (str, tuple))]
    simple = [each.parameter_name for each in options.list_filter if hasattr(each, "lookups")]
    path, dates = getattr(options.model, "hotel_path", ""), getattr(options, "list_dates", "")
    return [*own, *simple, *filter(None, (path, dates))]


def _any_field(options: Any, chance: random.Random) -> str:
    field = chance.choice([field.name for field in options.model._meta.get_fields()])
    return "__".join(filter(None, (field, chance.choice(LOOKUPS))))


def _own(options: Any, chance: random.Random) -> str:
    return chance.choice(PARAMETERS)
