"""Sentences about exports for users; commands, which start quickly, load none of this."""

from django.utils.translation import gettext

from hotels import formats
from jobs.exports.writing import MOST_ROWS


def too_large_text() -> str:
    """The sentence for a user whose file would be too large."""
    return gettext(
        "An export has at most %(rows)s executions. Narrow the filters, for example to fewer days."
    ) % {"rows": formats.number(MOST_ROWS)}
