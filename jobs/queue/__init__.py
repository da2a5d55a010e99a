"""The queue between machines: messages that say which executions a worker should work.

A message is no record: which executions wait is known from their rows alone, and what has no
message gets one at the next tick (docs/adr/0031).
"""

from jobs.queue.attendance import is_attended, is_used, last_attended, unattended_since
from jobs.queue.limits import (
    Limit,
    held_back,
    hold_back,
    limits_on,
    release,
    release_all,
    within_limits,
    without_limited,
)
from jobs.queue.messages import (
    DELIVER,
    DELIVERIES,
    EXPORT,
    EXPORTS,
    PREVIEW,
    PREVIEWS,
    SHARDS,
    WORK,
    send_delivery,
    send_export,
    send_preview,
    send_shards,
)
from jobs.queue.recovery import delete_lost, without_message
from jobs.queue.shards import Shard, shards_of

__all__ = [
    "DELIVER",
    "DELIVERIES",
    "EXPORT",
    "EXPORTS",
    "PREVIEW",
    "PREVIEWS",
    "SHARDS",
    "WORK",
    "Limit",
    "Shard",
    "delete_lost",
    "held_back",
    "hold_back",
    "is_attended",
    "is_used",
    "last_attended",
    "limits_on",
    "release",
    "release_all",
    "send_delivery",
    "send_export",
    "send_preview",
    "send_shards",
    "shards_of",
    "unattended_since",
    "within_limits",
    "without_limited",
    "without_message",
]
