"""Sends the tasks of all hotels: `python -m tests.bench.peer.send MODULE`.

It does so once for each line it reads, and answers with a line.
"""

import sys
from importlib import import_module

from tests.bench.peer import task


def main(name: str) -> None:
    """Send with a module of this package until the input ends."""
    peer = import_module(f"tests.bench.peer.{name}")
    with peer.opened():
        print("ready", flush=True)  # noqa: T201  the answer to the parent
        for _ in sys.stdin:
            peer.send(*task.hotels_and_run())
            print("ready", flush=True)  # noqa: T201  the answer to the parent


if __name__ == "__main__":
    main(sys.argv[1])
