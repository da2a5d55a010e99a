"""Benchmarks: `python -m tests.postgres python -m tests.bench [NAME …]`.

Names are `tick`, `availability`, `crash`, `deliveries`, `backlog`, `api`, `console`, `pages`,
`lists` and `simulate`. Without a name all run but `simulate`, which takes days
(tests.bench.simulating has its options).
Each time is shown beside a floor: the least work that could give the same result.
"""

import os
import sys

import django

# The environment must be set before the project is imported.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.bench import (
    api,
    availability,
    console,
    crashing,
    group,
    lists,
    pages,
    sending,
    simulating,
    ticking,
)

BENCHES = {
    "tick": ticking.run,
    "availability": availability.run,
    "crash": crashing.run,
    "deliveries": sending.run,
    "backlog": sending.run_backlog,
    "api": api.run,
    "console": console.run,
    "pages": pages.run,
    "lists": lists.run,
    "simulate": simulating.run,
}
ONLY_BY_NAME = {"simulate"}


def main(names: list[str]) -> int:
    """Run the benchmarks given, or all. Return the exit code."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(
            f"There is no benchmark {unknown[0]!r}. Choose from {', '.join(BENCHES)}.\n"
        )
        return 2
    group.migrate()
    for name in names or [name for name in BENCHES if name not in ONLY_BY_NAME]:
        group.empty()
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
