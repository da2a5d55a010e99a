"""Running a job for many hotels: open the executions, work each in a thread when its turn comes.

The failure of one hotel stops no other hotel (design, invariant 5).
"""

from jobs.dispatch.handing_out import follow, hand_out, hand_out_lost, through_queue
from jobs.dispatch.opening import Opening, RunRequest, open_run, open_run_once
from jobs.dispatch.options import OnOutcome, Permit, Stop, WorkOptions, always, never
from jobs.dispatch.pool import threads_for, work, work_job
from jobs.dispatch.previews import (
    ask_again_if_lost,
    delete_old_previews,
    make_previews,
    previews_made,
    request_previews,
)
from jobs.dispatch.requests import retry_now, retry_several, start
from jobs.dispatch.running import (
    RunResult,
    locked_outcome,
    preview_run,
    run,
    run_now,
)
from jobs.dispatch.tally import OutcomeTally
from jobs.dispatch.waiting import Waiting, read_waiting
from jobs.dispatch.worker import hold_runs, take_runs

__all__ = [
    "OnOutcome",
    "Opening",
    "OutcomeTally",
    "Permit",
    "RunRequest",
    "RunResult",
    "Stop",
    "Waiting",
    "WorkOptions",
    "always",
    "ask_again_if_lost",
    "delete_old_previews",
    "follow",
    "hand_out",
    "hand_out_lost",
    "hold_runs",
    "locked_outcome",
    "make_previews",
    "never",
    "open_run",
    "open_run_once",
    "preview_run",
    "previews_made",
    "read_waiting",
    "request_previews",
    "retry_now",
    "retry_several",
    "run",
    "run_now",
    "start",
    "take_runs",
    "threads_for",
    "through_queue",
    "work",
    "work_job",
]
