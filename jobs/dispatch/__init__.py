"""One firing over many hotels: open its executions, claim them in shards, work them in threads.

One hotel's failure stops no other hotel (design, invariant 5).
"""

from jobs.dispatch.background import begin, confirmed
from jobs.dispatch.firing import Firing, fire, preview, run_now
from jobs.dispatch.opening import Opening, open_executions, open_runs
from jobs.dispatch.working import OnOutcome, Stop, Work, never, work, work_job, workers_for

__all__ = [
    "Firing",
    "OnOutcome",
    "Opening",
    "Stop",
    "Work",
    "begin",
    "confirmed",
    "fire",
    "never",
    "open_executions",
    "open_runs",
    "preview",
    "run_now",
    "work",
    "work_job",
    "workers_for",
]
