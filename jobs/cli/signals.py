"""SIGTERM handling: finish the hotels that are running, start no further ones."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_sigterm() -> Iterator[Callable[[], bool]]:
    """Give a function that returns True once SIGTERM was received inside the block.

    The previous handler is restored afterwards. Outside the main thread, where Python cannot
    catch signals, the function always returns False.
    """
    stop_requested = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop_requested.is_set
        return

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop_requested.set()

    previous = signal.signal(signal.SIGTERM, request_stop)
    try:
        yield stop_requested.is_set
    finally:
        signal.signal(signal.SIGTERM, previous)
