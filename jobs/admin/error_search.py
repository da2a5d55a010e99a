"""Search for a text in the errors of failed executions, some thousands of them at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hotels import formats
from hotels.models.literal import Literal

# Failures searched by one request: some ten milliseconds. No index finds a text within errors.
AT_ONCE = 5_000
# The lookup of a search that goes on: executions before the last one searched.
CONTINUED = "id__lt"


@dataclass(frozen=True, kw_only=True)
class SearchedErrors:
    """The failures that a request searched.

    `last` is the key of the oldest if there are more, and `since` when it was created. A search
    that goes on begins with a failure created at `until`, None if there was no more.
    """

    is_continued: bool
    until: datetime | None = None
    since: datetime | None = None
    last: int | None = None

    @property
    def text(self) -> str:
        """Say which failures were searched; empty if they were all."""
        values = {
            "count": formats.number(AT_ONCE),
            "since": formats.in_utc(self.since) if self.since else "",
            "until": formats.in_utc(self.until) if self.until else "",
        }
        if not self.is_continued:
            words = _("Only the newest failures (%(count)s) were searched, back to %(since)s.")
            return words % values if self.last else ""
        if not self.until:
            return _("There are no older failures.")
        if self.last:
            words = _("Older failures (%(count)s) were searched, from %(until)s back to %(since)s.")
        else:
            words = _("The oldest failures were searched, from %(until)s back to the first one.")
        return words % values


def search_errors(rows: Any, term: str, *, is_continued: bool) -> tuple[Any, SearchedErrors]:
    """The failures among the newest ones of `rows` whose error has the text, and which these are.

    Takes a query, and another one for a search that goes on.
    """
    failed = rows.filter(status=Literal("FAILED")).order_by("-pk")
    found = failed.filter(error__icontains=term)
    ends = list(failed.values_list("pk", "created_at")[AT_ONCE - 1 : AT_ONCE + 1])
    until = failed.values_list("created_at", flat=True).first() if is_continued else None
    if len(ends) < 2:
        return found, SearchedErrors(is_continued=is_continued, until=until)
    last, since = ends[0]
    return found.filter(pk__gte=last), SearchedErrors(
        is_continued=is_continued, until=until, since=since, last=last
    )
