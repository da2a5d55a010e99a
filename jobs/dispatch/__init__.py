"""Running a job for many hotels: open the executions, work each in a thread when its turn comes.

The failure of one hotel stops no other hotel (design, invariant 5).
"""

from jobs.dispatch.opening import RunRequest, open_run, open_run_once, open_runs
from jobs.dispatch.pool import OnOutcome, Stop, WorkOptions, never, threads_for, work, work_job
from jobs.dispatch.running import RunResult, preview_run, retry_now, run, run_now, start
from jobs.dispatch.worker import hold_runs, take_runs

__all__ = [
    "OnOutcome",
    "RunRequest",
    "RunResult",
    "Stop",
    "WorkOptions",
    "hold_runs",
    "never",
    "open_run",
    "open_run_once",
    "open_runs",
    "preview_run",
    "retry_now",
    "run",
    "run_now",
    "start",
    "take_runs",
    "threads_for",
    "work",
    "work_job",
]
