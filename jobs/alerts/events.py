"""Events of alerts, for the webhook endpoints of the hotels concerned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from hotels.notifications.outbox import NewEvent, event_type, publish
from jobs.models import Alert, AlertPart


@dataclass(frozen=True, kw_only=True)
class _AlertData:
    """An alert as it concerns one hotel. `alert_id` is the same in the events of all its hotels."""

    alert_id: str
    kind: str
    job: str
    cause: str
    detail: str
    hotel_id: int
    execution_id: int | None


@event_type("alert.opened", label=_("Alert opened"))
@dataclass(frozen=True, kw_only=True)
class AlertOpened(_AlertData):
    """A rule has opened an alert in which this hotel is concerned."""


@event_type("alert.closed", label=_("Alert closed"))
@dataclass(frozen=True, kw_only=True)
class AlertClosed(_AlertData):
    """An alert in which this hotel was concerned is over."""


AlertParts = Iterable[tuple[Alert, Sequence[AlertPart]]]


def publish_alerts(*, opened: AlertParts, closed: AlertParts, now: datetime) -> None:
    """Publish an event for each hotel of these alerts, in the caller's transaction."""
    publish(
        [
            *_events(opened, AlertOpened, step="opened", now=now),
            *_events(closed, AlertClosed, step="closed", now=now),
        ],
        now=now,
    )


def _events(
    alerts: AlertParts, payload: type[_AlertData], *, step: str, now: datetime
) -> Iterable[NewEvent]:
    for alert, parts in alerts:
        for part in parts:
            data = payload(
                alert_id=str(alert.public_id),
                kind=alert.rule.kind,
                job=alert.job_name,
                cause=alert.cause,
                detail=part.detail,
                hotel_id=part.hotel_id,
                execution_id=part.execution_id,
            )
            yield NewEvent(
                hotel_id=part.hotel_id,
                key=f"alert:{alert.public_id.hex}:{step}",
                data=data,
                occurred_at=now,
                about=alert,
            )
