"""Which (job, hotel) is due at an instant: declared schedules, hotels' own, and catching up."""

from jobs.scheduling.declared import in_words, latest_slot, next_slot
from jobs.scheduling.due import Due, Part, Plan, plan
from jobs.scheduling.effective import Terms, effective, effective_of, upcoming, without_own
from jobs.scheduling.misfires import GRACE, Missed, Settled, settle

__all__ = [
    "GRACE",
    "Due",
    "Missed",
    "Part",
    "Plan",
    "Settled",
    "Terms",
    "effective",
    "effective_of",
    "in_words",
    "latest_slot",
    "next_slot",
    "plan",
    "settle",
    "upcoming",
    "without_own",
]
