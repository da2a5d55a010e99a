"""Make the tables of DATABASE_URL, and the copies that tests of migrations begin with.

`python -m tests.tables` migrates once, from nothing to the newest migration. Before each step of
STEPS it copies the database as it is at that moment: tables without rows, named by `copy_before`.
"""

import gc
import sqlite3
from contextlib import closing
from typing import Any

import django
from django.core.management import call_command
from django.db import connection

from hotels.management.commands import migrate

# The migrations that have tests, in the order in which they are applied. A step is one migration,
# or the first and the last of several that belong together.
STEPS = (
    ("jobs.0009_tokens_move_to_hotels", "hotels.0007_api_tokens_and_kept_answers"),
    ("hotels.0008_one_open_task_per_room_and_date",),
    ("hotels.0009_work_order_cycles",),
    ("hotels.0010_day_use_price",),
    ("hotels.0011_last_availability_date",),
    ("hotels.0012_tax_rounding",),
    ("hotels.0013_tax_rates_with_four_decimals",),
    ("hotels.0014_currencies",),
    ("hotels.0015_charges_name_their_document",),
    ("hotels.0016_printed_invoices",),
    ("hotels.0017_payments_recorded_once",),
    ("jobs.0012_problems",),
    ("hotels.0019_seals",),
    ("jobs.0016_no_crash_text",),
    ("jobs.0017_messages_move_to_hotels", "hotels.0024_messages_can_be_claimed"),
    ("hotels.0025_e_mails", "hotels.0027_deposits_left_over"),
    ("jobs.0018_wall_screens", "jobs.0019_alerts"),
    ("jobs.0020_paused_schedules", "jobs.0021_item_marks"),
    ("jobs.0026_keys_of_marked_items",),
    ("jobs.0027_worker_alerts",),
    ("jobs.0032_held_executions",),
    ("jobs.0034_first_attempts_leave_an_index",),
)
BEFORE = {step[0]: step for step in STEPS}


def copy_before(step: tuple[str, ...], *, of: str) -> str:
    """The name of the copy of a database, or of its file, from before a step.

    `books_before_hotels_0008` of `books`, `books_before_hotels_0008.sqlite3` of `books.sqlite3`.
    """
    label, name = step[0].split(".")
    stem, dot, suffix = of.partition(".sqlite3")
    return f"{stem}_before_{label}_{name[:4]}{dot}{suffix}"


class Command(migrate.Command):
    """Copy the database before each step: one pass makes them all."""

    def migration_progress_callback(
        self, action: str, migration: Any = None, fake: bool = False
    ) -> None:
        super().migration_progress_callback(action, migration, fake)
        if action == "apply_start":
            step = BEFORE.get(f"{migration.app_label}.{migration.name}")
            if step:
                copy(to=copy_before(step, of=str(connection.settings_dict["NAME"])))


def copy(*, to: str) -> None:
    """Copy the database that is being migrated."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(to)) as file:
            connection.connection.backup(file)
        return
    # PostgreSQL copies only a database without connections; the next migration connects again.
    connection.close()
    connection.close_pool()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{to}" TEMPLATE "{connection.settings_dict["NAME"]}"')


if __name__ == "__main__":
    django.setup()
    # Models are built by the thousand; looking for garbage among them took a fourth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    call_command(Command(), verbosity=0)
    connection.close()  # SQLite moves the end of its log into the file, which tests copy alone
