"""Benchmarks: `python -m tests.postgres --durable python -m tests.bench [NAME …]`.

Without a name those of QUICK run, five minutes on two cores. `crash`, `deliveries`, `backlog`,
`api`, `lists`, `machines` and `simulate` look for failures instead of times and take longer (each
module has its options). `history` compares lists and pages with few executions and with millions,
`peers` other task queues.
Each time is shown beside a floor: the least work that could give the same result. JSON and MARKDOWN
name files for the report; with LONG=yes the groups of hotels are as large as the targets say.
"""

import os
import sys

import django

# The environment must be set before the project is imported.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
# These hand their work to workers, whose queue has tables of its own.
THROUGH_QUEUE = {"scaling", "memory"}
if THROUGH_QUEUE & set(sys.argv):
    os.environ["JOBS_EXECUTOR"] = "queue"
django.setup()

from tests.bench import (
    api,
    availability,
    console,
    crashing,
    enduring,
    executing,
    group,
    history,
    lists,
    machines,
    pages,
    peers,
    report,
    scaling,
    sending,
    services,
    simulating,
    starting,
    ticking,
)

BENCHES = {
    "start": starting.run,
    "executions": executing.run,
    "tick": ticking.run,
    "availability": availability.run,
    "services": services.run,
    "scaling": scaling.run,
    "memory": enduring.run_memory,
    "bloat": enduring.run_bloat,
    "crash": crashing.run,
    "deliveries": sending.run,
    "backlog": sending.run_backlog,
    "api": api.run,
    "console": console.run,
    "history": history.run,
    "pages": pages.run,
    "lists": lists.run,
    "machines": machines.run,
    "peers": peers.run,
    "simulate": simulating.run,
}
QUICK = ("start", "executions", "tick", "availability", "services")


def main(names: list[str]) -> int:
    """Run the benchmarks given, or all. Return the exit code."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(
            f"There is no benchmark {unknown[0]!r}. Choose from {', '.join(BENCHES)}.\n"
        )
        return 2
    group.migrate()
    for name in names or QUICK:
        group.empty()
        BENCHES[name]()
    report.show()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
