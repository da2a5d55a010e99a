"""One execution: claim → perform → finish. The only writer of a JobExecution's status.

The claim is committed first. The service's work, the outbox rows and the end of the execution are
one transaction per hotel: a crash leaves all of it or none of it (design, invariant 1).
"""

from jobs.runner.cancelling import NotCancellable, cancel
from jobs.runner.claiming import claim, skip_overlapped
from jobs.runner.clock import ClockDiffers, check_clock
from jobs.runner.effective_time import EffectiveTimeRefused, check_effective_time
from jobs.runner.ending_together import end_together
from jobs.runner.events import lateness, publish_missed
from jobs.runner.executor import perform, preview
from jobs.runner.holding import Turn, can_hold, give_back, hold, mark_begun, may_be_held
from jobs.runner.new_rows import ExecutionTerms, NewExecution
from jobs.runner.outcome import Outcome
from jobs.runner.records import new_run, new_terms, skipped_terms
from jobs.runner.recovery import close_abandoned, close_unrecorded
from jobs.runner.retrying import NotRetryable, is_retryable, retry, retry_policy
from jobs.runner.session_limits import limit_session
from jobs.runner.storing import (
    SHORT_PATIENCE,
    lock_free_hotels,
    lock_hotel_key,
    store,
    store_unlocked,
)
from jobs.runner.transitions import LeaseLost, delete_missed, skip

__all__ = [
    "SHORT_PATIENCE",
    "ClockDiffers",
    "EffectiveTimeRefused",
    "ExecutionTerms",
    "LeaseLost",
    "NewExecution",
    "NotCancellable",
    "NotRetryable",
    "Outcome",
    "Turn",
    "can_hold",
    "cancel",
    "check_clock",
    "check_effective_time",
    "claim",
    "close_abandoned",
    "close_unrecorded",
    "delete_missed",
    "end_together",
    "give_back",
    "hold",
    "is_retryable",
    "lateness",
    "limit_session",
    "lock_free_hotels",
    "lock_hotel_key",
    "mark_begun",
    "may_be_held",
    "new_run",
    "new_terms",
    "perform",
    "preview",
    "publish_missed",
    "retry",
    "retry_policy",
    "skip",
    "skip_overlapped",
    "skipped_terms",
    "store",
    "store_unlocked",
]
