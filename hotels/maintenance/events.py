"""Events of work orders."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from hotels.models import WorkOrder
from hotels.notifications.outbox import NewEvent, may_be_heard, payloads, publish


def publish_created(orders: Sequence[WorkOrder], *, now: datetime) -> None:
    """Publish that work orders of one hotel were created."""
    if not orders or not may_be_heard(hotel_id=orders[0].hotel_id):
        return
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
