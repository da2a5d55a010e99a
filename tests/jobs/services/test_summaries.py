"""Summaries and attention lines of the results: counts agree with their nouns."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from jobs.base import Problem
from jobs.services.availability_recalc import AvailabilityResult, InactiveType, OverbookedEntry
from jobs.services.housekeeping_round import HousekeepingResult
from jobs.services.invoice_generator import InvoicingResult, SkippedFolio
from jobs.services.maintenance_scheduler import MaintenanceResult, ScheduledWork, SkippedPlan
from jobs.services.no_show_checker import NoShowResult

pytestmark = pytest.mark.once

DAY = datetime.date(2026, 11, 25)


def availability(**values: Any) -> AvailabilityResult:
    defaults: dict[str, Any] = {
        "rooms_processed": 3,
        "availability_updated": 0,
        "occupancy_rate": Decimal("6.88"),
        "rows_unchanged": 0,
        "overbooked_nights": 0,
    }
    return AvailabilityResult(hotel_id=1, **defaults | values)


def no_shows(**values: Any) -> NoShowResult:
    defaults: dict[str, Any] = {
        "no_shows_detected": 0,
        "penalties_applied": 0,
        "rooms_freed": 0,
        "released": 0,
        "review": 0,
        "total_penalty": Decimal(0),
        "currency": "JPY",
    }
    return NoShowResult(hotel_id=1, **defaults | values)


def maintenance(*, created: int = 0, skipped: int = 0, missed: int = 0) -> MaintenanceResult:
    work = ScheduledWork(
        id=1,
        name="Boiler",
        plan="Descale",
        work_order="PM-1-20261125",
        due_date=DAY,
        next_due_date=DAY,
        missed_cycles=missed,
    )
    plan = SkippedPlan(plan="B1 Boiler: Inspect", due_date=DAY, missed_cycles=0, reason="Open")
    return MaintenanceResult(
        hotel_id=1,
        work_orders_created=created,
        equipment=(work,) * created,
        skipped=(plan,) * skipped,
        missed_cycles=missed,
    )


def housekeeping(**values: Any) -> HousekeepingResult:
    names = ("tasks_created", "tasks_assigned", "unassigned", "skipped", "changed", "cancelled")
    defaults: dict[str, Any] = dict.fromkeys((*names, "rolled_over"), 0)
    defaults |= {"date": DAY, "priority": {}, "unassigned_rooms": ()}
    return HousekeepingResult(hotel_id=1, **defaults | values)


def invoicing(*, issued: int = 0, total: str = "0", skipped: int = 0) -> InvoicingResult:
    return InvoicingResult(
        hotel_id=1,
        invoices_generated=issued,
        total_amount=Decimal(total),
        currency="KWD",
        skipped=(SkippedFolio(folio="B-1#1", reason="total is zero"),) * skipped,
    )


@pytest.mark.parametrize(
    ("updated", "summary"),
    [
        (0, "No changes, occupancy 6.9 %"),
        (1, "1 night updated, occupancy 6.9 %"),
        (2, "2 nights updated, occupancy 6.9 %"),
        (1800, "1,800 nights updated, occupancy 6.9 %"),
    ],
)
def test_availability_counts_nights(updated: int, summary: str) -> None:
    assert availability(availability_updated=updated).summary() == summary


@pytest.mark.parametrize(
    ("rate", "shown"), [("0.00", "0.0 %"), ("6.85", "6.9 %"), ("99.99", "100.0 %")]
)
def test_occupancy_is_rounded_half_up_to_one_decimal(rate: str, shown: str) -> None:
    summary = availability(occupancy_rate=Decimal(rate)).summary()

    assert summary == f"No changes, occupancy {shown}"


def test_an_overbooked_night_is_reported_with_its_date() -> None:
    night = OverbookedEntry(room_type="SUI", date=DAY, by=1)

    result = availability(overbooked_nights=1, overbooked=(night,))

    assert result.attention() == ("SUI 25 Nov 2026: overbooked by 1",)


@pytest.mark.parametrize(
    ("nights", "line"), [(1, "1 more overbooked night"), (2, "2 more overbooked nights")]
)
def test_further_overbooked_nights_are_counted(nights: int, line: str) -> None:
    assert availability(overbooked_nights=nights).attention() == (line,)


@pytest.mark.parametrize(
    ("nights", "line"),
    [
        (1, "SUI: inactive room type with 1 night sold"),
        (2, "SUI: inactive room type with 2 nights sold"),
    ],
)
def test_nights_sold_in_an_inactive_room_type_are_counted(nights: int, line: str) -> None:
    inactive = InactiveType(room_type="SUI", nights=nights)

    assert availability(off_sale=(inactive,)).attention() == (line,)


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ({}, "No no-shows"),
        ({"no_shows_detected": 1}, "1 no-show"),
        (
            {"no_shows_detected": 1, "total_penalty": Decimal(30820), "rooms_freed": 1},
            "1 no-show, fees 30,820 JPY, 1 room freed",
        ),
        (
            {"no_shows_detected": 2, "total_penalty": Decimal(61640), "rooms_freed": 3},
            "2 no-shows, fees 61,640 JPY, 3 rooms freed",
        ),
        ({"no_shows_detected": 1200}, "1,200 no-shows"),
        (
            {"rooms_freed": 1, "released": 1},
            "No no-shows, 1 room freed, 1 released without a fee",
        ),
        ({"released": 2}, "No no-shows, 2 released without a fee"),
        ({"review": 1}, "No no-shows, 1 decision needed"),
        ({"review": 2}, "No no-shows, 2 decisions needed"),
    ],
)
def test_the_no_show_check_counts_no_shows_rooms_and_decisions(
    values: dict[str, Any], summary: str
) -> None:
    assert no_shows(**values).summary() == summary


@pytest.mark.parametrize(
    ("result", "summary"),
    [
        (maintenance(), "No work orders created"),
        (maintenance(created=1), "1 work order created"),
        (maintenance(created=3, missed=1), "3 work orders created, 1 missed cycle"),
        (
            maintenance(skipped=1, missed=2),
            "No work orders created, 1 plan skipped, 2 missed cycles",
        ),
        (maintenance(created=1200, skipped=2), "1,200 work orders created, 2 plans skipped"),
    ],
)
def test_maintenance_counts_work_orders_plans_and_cycles(
    result: MaintenanceResult, summary: str
) -> None:
    assert result.summary() == summary


@pytest.mark.parametrize(
    ("missed", "line"),
    [
        (1, "Boiler, Descale: PM-1-20261125 also covers 1 missed cycle"),
        (2, "Boiler, Descale: PM-1-20261125 also covers 2 missed cycles"),
    ],
)
def test_missed_cycles_of_a_work_order_are_counted(missed: int, line: str) -> None:
    assert maintenance(created=1, missed=missed).attention() == (line,)


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ({}, "No new tasks"),
        ({"tasks_created": 1, "priority": {"LOW": 1}}, "1 task (1 low)"),
        (
            {
                "tasks_created": 11,
                "priority": {"URGENT": 1, "HIGH": 1, "NORMAL": 3, "LOW": 6},
                "tasks_assigned": 11,
                "skipped": 1,
            },
            "11 tasks (1 urgent, 1 high, 3 normal, 6 low), 11 assigned, 1 skipped",
        ),
        ({"tasks_created": 1200}, "1,200 tasks"),
        (
            {"unassigned": 2, "changed": 1, "cancelled": 3, "rolled_over": 4},
            "No new tasks, 2 unassigned, 1 changed, 3 cancelled, 4 rolled over",
        ),
    ],
)
def test_housekeeping_counts_tasks(values: dict[str, Any], summary: str) -> None:
    assert housekeeping(**values).summary() == summary


@pytest.mark.parametrize(
    ("rooms", "line"),
    [
        (["101"], "1 task unassigned, no attendant on shift has time: room 101"),
        (["101", "102"], "2 tasks unassigned, no attendant on shift has time: rooms 101, 102"),
        (
            [str(n) for n in range(101, 123)],
            "22 tasks unassigned, no attendant on shift has time: rooms "
            + ", ".join(str(n) for n in range(101, 121))
            + " and 2 more",
        ),
    ],
)
def test_unassigned_tasks_are_reported_with_their_rooms(rooms: list[str], line: str) -> None:
    result = housekeeping(unassigned=len(rooms), unassigned_rooms=tuple(rooms))

    assert result.attention() == (line,)


@pytest.mark.parametrize(
    ("result", "summary"),
    [
        (invoicing(), "No invoices"),
        (invoicing(skipped=1), "No invoices, 1 skipped"),
        (invoicing(issued=1, total="85.5"), "1 invoice, 85.500 KWD"),
        (invoicing(issued=6, total="440.325", skipped=1), "6 invoices, 440.325 KWD, 1 skipped"),
        (
            invoicing(issued=1200, total="99000", skipped=1500),
            "1,200 invoices, 99,000.000 KWD, 1,500 skipped",
        ),
    ],
)
def test_invoicing_counts_invoices(result: InvoicingResult, summary: str) -> None:
    assert result.summary() == summary


def test_only_the_skipped_folios_that_wait_for_a_person_need_attention() -> None:
    waiting = SkippedFolio(folio="B-2#1", reason="decide on it")

    result = InvoicingResult(
        hotel_id=1,
        invoices_generated=0,
        total_amount=Decimal(0),
        currency="EUR",
        skipped=(SkippedFolio(folio="B-1#1", reason="total is zero"), waiting),
        waiting=(waiting,),
    )

    assert result.attention() == ("folio B-2#1: decide on it",)


def test_problems_come_first_among_the_attention_lines() -> None:
    problem = Problem(what="SUI 25 Nov 2026", reason="stock is negative")

    lines = availability(problems=(problem,), overbooked_nights=1).attention()

    assert lines == ("SUI 25 Nov 2026: stock is negative", "1 more overbooked night")
