"""Being asked to stop: SIGTERM lets what is in hand be finished, and nothing new be begun."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_sigterm() -> Iterator[Callable[[], bool]]:
    """Within the block SIGTERM only makes the given function true; afterwards all is as before.

    In a thread, where no signal can be caught, it stays false.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, before)
