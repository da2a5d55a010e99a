"""Processes whose machine has a wrong clock, by Debian's program faketime."""

import os
import shutil
import sys

PROGRAM = shutil.which("faketime")
MISSING = "Debian's package faketime is missing"


def python_with_clock(offset: str, *arguments: str) -> list[str]:
    """The command of a Python whose clock is off by so much, such as `-1h` or `+40d`."""
    if PROGRAM is None:
        raise RuntimeError(MISSING)
    return [PROGRAM, "-f", offset, sys.executable, *arguments]


def environment() -> dict[str, str]:
    """Ours; how long a process waits for another is not faked."""
    return os.environ | {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
