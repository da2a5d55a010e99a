"""Which (job, hotel) is due at an instant: declared schedules, hotels' own, and catching up."""

from jobs.schedule.declared import in_words, latest_slot, next_slot
from jobs.schedule.due import Due, Part, Plan, plan
from jobs.schedule.policy import GRACE, Missed, Settled, settle
from jobs.schedule.terms import Terms, effective, effective_of, upcoming, without_own

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
