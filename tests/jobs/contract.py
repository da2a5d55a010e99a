"""The contract with programs: jobs, schedules, and the members of every answer with their types.

This is our own copy: it changes only when the contract does, never with the code. A shape is a
type, a pattern of a text, a set of allowed values, a list with the shape of its items, or a dict of
members; `name?` is a member that may be absent. `Maybe(shape)` allows null. Answers may have more
members than the contract names.
"""

import re
from dataclasses import dataclass
from typing import Any

SCHEDULES = {
    "check-no-shows": "0 */2 * * *",
    "daily-housekeeping": "0 0 * * *",
    "generate-invoices": "0 2 * * *",
    "maintenance-schedule": "0 0 * * 1",
    "recalc-availability": "0 1 * * *",
}
ALIASES = {"daily-housekeeping-round": "daily-housekeeping"}


@dataclass(frozen=True)
class Maybe:
    """A shape, or null."""

    shape: Any


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
AMOUNT = re.compile(r"-?\d+(\.\d+)?")
WHOLE_NUMBER = re.compile(r"\d+")
PERIOD = frozenset({"30_days"})
STATUS = frozenset({"PENDING", "RUNNING", "COMPLETED", "FAILED", "SKIPPED"})

METADATA = {
    "retry?": {"attempts": int, "baseSeconds": float, "longestSeconds": float},
    "attention?": [str],
}
EXECUTION = {
    "id": int,
    "jobName": str,
    "hotelId": int,
    "status": STATUS,
    "metadata": METADATA,
    "error": Maybe(str),
    "startedAt": Maybe(INSTANT),
    "completedAt": Maybe(INSTANT),
    "createdAt": INSTANT,
    "updatedAt": INSTANT,
}
PAGE = {"jobs": [EXECUTION], "total": int}
STATISTICS = {
    "totalJobs": int,
    "completedJobs": int,
    "failedJobs": int,
    "successRate": float,
    "period": PERIOD,
    "averageDurationMs": Maybe(int),
    "byJob": [dict],
}
SUMMARY_HEADERS = {
    "X-Total-Jobs": WHOLE_NUMBER,
    "X-Completed-Jobs": WHOLE_NUMBER,
    "X-Failed-Jobs": WHOLE_NUMBER,
    "X-Success-Rate": AMOUNT,
    "X-Period": PERIOD,
}
TRIGGERED = {"success": bool, "job": EXECUTION, "jobName": str, "result": Maybe(dict)}
PREVIEWED = TRIGGERED | {"job": None}
DELIVERY = {
    "success": bool,
    "job": str,
    "slot": INSTANT,
    "runId": Maybe(int),
    "done": int,
    "total": int,
    "totals": dict.fromkeys(("completed", "failed", "skipped", "running", "pending"), int),
    "failures": [{"hotel": str, "hotelId": int, "executionId": int, "reason": str}],
}
PROBLEM = {"type": str, "title": str, "status": int, "detail": str}

# What each job counts: in the result, and in the metadata of its execution.
FIGURES = {
    "check-no-shows": {
        "noShowsDetected": int,
        "penaltiesApplied": int,
        "roomsFreed": int,
        "released": int,
        "review": int,
        "totalPenalty": AMOUNT,
    },
    "daily-housekeeping": {
        "date": DATE,
        "tasksCreated": int,
        "tasksAssigned": int,
        "priority": dict,
        "unassigned": int,
    },
    "generate-invoices": {"invoicesGenerated": int, "totalAmount": AMOUNT, "currency": str},
    "maintenance-schedule": {"workOrdersCreated": int, "missedCycles": int},
    "recalc-availability": {
        "roomsProcessed": int,
        "availabilityUpdated": int,
        "occupancyRate": AMOUNT,
        "rowsUnchanged": int,
        "overbookedNights": int,
    },
}
RESULTS = {
    name: figures | {"hotelId": int, "problems": [dict]} for name, figures in FIGURES.items()
}
RESULTS["maintenance-schedule"] |= {
    "equipment": [
        {
            "id": int,
            "name": str,
            "plan": str,
            "workOrder": str,
            "dueDate": DATE,
            "nextDueDate": Maybe(DATE),
        }
    ],
    "skipped": [dict],
}
RESULTS["generate-invoices"] |= {"skipped": [dict]}


def breaches(value: Any, shape: Any, at: str = "answer") -> list[str]:
    """Each place where a value differs from its shape, as a sentence; empty if it has the shape."""
    if isinstance(shape, Maybe):
        return [] if value is None else breaches(value, shape.shape, at)
    if isinstance(shape, dict) and isinstance(value, dict):
        return _members(value, shape, at)
    if isinstance(shape, list) and isinstance(value, list):
        items = enumerate(value)
        return [each for n, item in items for each in breaches(item, shape[0], f"{at}[{n}]")]
    return [] if _is_a(value, shape) else [f"{at} is {value!r}, not {shape}"]


def _members(value: dict[str, Any], shape: dict[str, Any], at: str) -> list[str]:
    found = []
    for name, part in shape.items():
        key = name.removesuffix("?")
        if key in value:
            found += breaches(value[key], part, f"{at}.{key}")
        elif key == name:
            found.append(f"{at}.{key} is missing")
    return found


def _is_a(value: Any, shape: Any) -> bool:
    if shape is None:
        return value is None
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    if isinstance(shape, frozenset):
        return value in shape
    if shape is float:  # JSON has one kind of number
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is shape
