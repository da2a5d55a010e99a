"""The jobs every installation has: their names and default schedules are part of the contract."""

SCHEDULES = {
    "check-no-shows": "0 */2 * * *",
    "daily-housekeeping": "0 0 * * *",
    "generate-invoices": "0 2 * * *",
    "maintenance-schedule": "0 0 * * 1",
    "recalc-availability": "0 1 * * *",
}
