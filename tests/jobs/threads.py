"""Background work done before `start` returns, for tests that see one connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from unittest import mock

from jobs.dispatch import requests


@contextmanager
def worked_at_once() -> Iterator[None]:
    """Within the block, work that is started in the background is done at once."""

    class AtOnce(Thread):
        def start(self) -> None:
            with mock.patch.object(requests.connection, "close"):
                self.run()

    with mock.patch.object(requests, "Thread", AtOnce):
        yield
