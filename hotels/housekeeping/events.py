"""Events of cleans."""

from datetime import datetime
from uuid import uuid4

from hotels.models import HousekeepingTask
from hotels.notifications.outbox import NewEvent, payloads, publish


def publish_task(task: HousekeepingTask, *, now: datetime) -> None:
    """Publish that a person started, finished, assigned or changed a clean."""
    event = NewEvent(
        hotel_id=task.hotel_id,
        key=f"housekeeping.task.updated:{task.pk}:{uuid4().hex}",
        data=payloads.HousekeepingTaskUpdated.of(task),
        occurred_at=now,
        about=task,
    )
    publish([event], now=now)
