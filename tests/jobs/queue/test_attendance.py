"""Which workers count: those that are alive and get on with their work."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import queue
from jobs.models import WorkerProcess

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("holds", "active", "counts"),
    [
        pytest.param(False, 0 * MINUTE, True, id="looks for messages"),
        pytest.param(False, 1 * MINUTE, False, id="cannot read the queue"),
        pytest.param(True, 19 * MINUTE, True, id="works a long time on a hotel"),
        pytest.param(True, 21 * MINUTE, False, id="hangs"),
    ],
)
def test_a_worker_counts_while_it_gets_on(
    settings: Any, holds: bool, active: timedelta, counts: bool
) -> None:
    settings.JOBS_EXECUTOR = "queue"
    now = timezone.now()
    WorkerProcess.objects.create(
        host="here",
        pid=1,
        concurrency=1,
        active_at=now - active,
        taken_at=now - timedelta(hours=1) if holds else None,
    )

    assert queue.is_attended() == counts
