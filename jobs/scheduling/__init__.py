"""Schedules: which job is due in which hotel and when, and what happens to missed slots."""

from jobs.scheduling.declared import describe_schedule, latest_slot, next_slot
from jobs.scheduling.due import DueSlot, HotelPart, HotelRange, SlotPlan, plan_slots
from jobs.scheduling.effective import (
    EffectiveSchedule,
    due_by_default,
    effective_schedule,
    effective_schedules,
    on_declared_schedule,
    upcoming_slots,
)
from jobs.scheduling.misfires import GRACE, MisfireDecision, MissedSlot, apply_policy

__all__ = [
    "GRACE",
    "DueSlot",
    "EffectiveSchedule",
    "HotelPart",
    "HotelRange",
    "MisfireDecision",
    "MissedSlot",
    "SlotPlan",
    "apply_policy",
    "describe_schedule",
    "due_by_default",
    "effective_schedule",
    "effective_schedules",
    "latest_slot",
    "next_slot",
    "on_declared_schedule",
    "plan_slots",
    "upcoming_slots",
]
