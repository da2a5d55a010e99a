"""Events of work orders."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from hotels.models import WorkOrder
from hotels.notifications.outbox import NewEvent, payloads, publish


def publish_created(orders: Iterable[WorkOrder], *, now: datetime) -> None:
    """Publish that work orders were created."""
    publish(
        [
            NewEvent(
                hotel_id=order.hotel_id,
                key=f"work_order.created:{order.pk}",
                data=payloads.WorkOrderCreated.of(order),
                occurred_at=now,
                about=order,
            )
            for order in orders
        ],
        now=now,
    )


def publish_completed(order: WorkOrder, *, now: datetime) -> None:
    """Publish that a work order was completed."""
    event = NewEvent(
        hotel_id=order.hotel_id,
        key=f"work_order.completed:{order.pk}:{uuid4().hex}",
        data=payloads.WorkOrderCompleted.of(order),
        occurred_at=now,
        about=order,
    )
    publish([event], now=now)
