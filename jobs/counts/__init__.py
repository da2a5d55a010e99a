"""Stored counts of executions, and pages found with them (docs/adr/0033).

>>> chosen = Selection(job_name="check-no-shows", since=monday)
>>> total, rows = total_and_page(chosen, before=None, offset=200_000, size=50)
"""

from jobs.counts.blocks import count_blocks, forget
from jobs.counts.hotel_spans import span_of, split_by_hotels
from jobs.counts.key_limits import key_limits
from jobs.counts.pages import page, total_and_page
from jobs.counts.reading import Split, count, split
from jobs.counts.selection import Selection

__all__ = [
    "Selection",
    "Split",
    "count",
    "count_blocks",
    "forget",
    "key_limits",
    "page",
    "span_of",
    "split",
    "split_by_hotels",
    "total_and_page",
]
