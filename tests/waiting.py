"""Waiting for what another thread, process or server does.

A test waits for the event itself, as long as the machine needs. TIMEOUT never decides whether the
code is right: it only ends a test that would wait forever.
"""

import time
from collections.abc import Callable
from typing import TypeVar

TIMEOUT = 120.0  # seconds
_PAUSE = 0.02  # seconds from one look to the next

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, what: str) -> T:
    """Return the first true value of `condition`, which is asked again and again.

    Raises AssertionError, which names `what` was waited for, when it hangs.
    """
    # Not the clock that tests move.
    end = time.perf_counter() + TIMEOUT
    while not (found := condition()):
        assert time.perf_counter() < end, f"Waited {TIMEOUT:.0f} seconds, but {what}: never."
        time.sleep(_PAUSE)
    return found
