"""The queue between machines: messages that say which executions a worker should work.

A message is no record: which executions wait is known from their rows alone, and what has no
message gets one at the next tick (docs/adr/0031).
"""

from jobs.queue.attendance import is_attended, is_used, last_attended, unattended_since
from jobs.queue.messages import DELIVER, DELIVERIES, SHARDS, WORK, send_delivery, send_shards
from jobs.queue.recovery import delete_lost, without_message
from jobs.queue.shards import Shard, shards_of

__all__ = [
    "DELIVER",
    "DELIVERIES",
    "SHARDS",
    "WORK",
    "Shard",
    "delete_lost",
    "is_attended",
    "is_used",
    "last_attended",
    "send_delivery",
    "send_shards",
    "shards_of",
    "unattended_since",
    "without_message",
]
