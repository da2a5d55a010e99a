"""The tick of a site that is served without a crontab: once a minute, in a thread."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from django.db import connection
from django.utils import timezone

from hotels.notifications.delivery import deliver_due
from jobs import tick

logger = logging.getLogger(__name__)
EVERY = timedelta(minutes=1)
DELIVERY_TIME = timedelta(seconds=45)


@contextmanager
def ticking(*, every: timedelta = EVERY) -> Iterator[None]:
    """Tick for the block, at once and then `every` so often; a tick in progress ends first."""
    stopped = Event()
    thread = Thread(target=_tick_until, args=(stopped, every), name="tick")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _tick_until(stopped: Event, every: timedelta) -> None:
    while True:
        try:
            tick.run_tick(now=timezone.now(), stop=stopped.is_set)
            deliver_due(within=DELIVERY_TIME, stop=stopped.is_set)
        except Exception:
            logger.exception("The tick failed; the next one tries again.")
        finally:
            connection.close()
        if stopped.wait(every.total_seconds()):
            return
