"""The rule of locking statements, checked in every statement that a test runs (docs/adr/0024)."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

LOCKS = re.compile(r"\sFOR (?:NO KEY )?UPDATE(?P<tables> OF [^()]+)?$|\sFOR (?:KEY )?SHARE\b")
ORDER = re.compile(r" ORDER BY (?P<columns>(?:(?! ORDER BY ).)+?)(?: LIMIT (?P<limit>\d+))? FOR ")
# QuerySet.get() takes the ordering off and reads this many rows at most: all but one are an error.
OF_GET = re.compile(r" LIMIT 21 FOR ")
JOIN = re.compile(r" JOIN ")
KEYS = ("id", "chain", "digest", "execution_id", "session_key")  # columns of primary keys

# The order in which a transaction locks tables. Tables of other tuples have no order among each
# other: no transaction locks rows of both.
LOCK_ORDER = (
    (
        "hotels_bookingroom",
        "hotels_folio",
        "hotels_payment",
        "hotels_noshowrecord",
        "hotels_roomtype",
        "hotels_invoice",
        "hotels_invoiceseries",
        "hotels_hotel",
        "jobs_jobschedule",
        "hotels_housekeepingtask",
        "hotels_room",
        "jobs_tick",
        "jobs_executioncounter",
    ),
    ("hotels_destination", "jobs_outboxmessage", "hotels_webhookendpoint"),
    ("hotels_equipment", "hotels_workorder", "hotels_maintenanceplan"),
)
LOCKED = re.compile(r' FOR (?:NO KEY )?UPDATE(?: OF "(\w+)")?$')
UPDATED = re.compile(r'UPDATE "(\w+)"')

Execute = Callable[..., Any]


def breach_of(sql: str) -> str:
    """How a statement breaks the rule of locks; empty if it locks nothing or obeys.

    It locks rows of one table, and several rows only in order of their keys.
    """
    lock = LOCKS.search(sql)
    if lock is None:
        return ""
    tables = (lock["tables"] or "").removeprefix(" OF ").split(", ")
    if len(tables) > 1 or (not tables[0] and JOIN.search(sql)):
        return "locks rows of joined tables"
    order = ORDER.search(sql)
    if order is None:
        return "" if OF_GET.search(sql) else "locks rows in no order"
    if not re.fullmatch(rf'"\w+"\."(?:{"|".join(KEYS)})" ASC', order["columns"]):
        return "locks rows in another order than that of their keys"
    return ""


def locked_table(sql: str) -> str:
    """The table that a SELECT locks rows of; empty for another statement."""
    found = LOCKED.search(sql)
    if found is None:
        return ""
    return found[1] or sql.partition(' FROM "')[2].partition('"')[0]


def updated_table(sql: str) -> str:
    """The table of an UPDATE; empty for another statement."""
    found = UPDATED.match(sql)
    return found[1] if found else ""


def crossing(table: str, *, held: Iterable[str]) -> str:
    """A table of which rows are held, although it comes after `table`; empty if there is none."""
    for tables in LOCK_ORDER:
        if table in tables:
            later = tables[tables.index(table) + 1 :]
            return next((each for each in held if each in later), "")
    return ""


class LockInspector:
    """Inspects every statement of every connection made while it is installed."""

    def __init__(self) -> None:
        self.breaches: list[str] = []
        self._held: dict[BaseDatabaseWrapper, tuple[object, list[str]]] = {}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Inspect until the block ends."""
        connection_created.connect(self._attach)
        for connection in connections.all(initialized_only=True):
            self._attach(connection=connection)
        try:
            yield
        finally:
            connection_created.disconnect(self._attach)

    def take_breaches(self) -> list[str]:
        """The breaches found since the last call."""
        found, self.breaches = self.breaches, []
        self._held.clear()
        return found

    def _attach(self, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
        # First in the list: others are taken off its end.
        if connection.vendor == "postgresql" and self._inspect not in connection.execute_wrappers:
            connection.execute_wrappers.insert(0, self._inspect)

    def _inspect(self, execute: Execute, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql)
        locks = " FOR " in text  # the patterns take long on large statements
        if locks and (found := breach_of(text)):
            self.breaches.append(f"{found}: {text}")
        locked = locked_table(text) if locks else ""
        if table := locked or updated_table(text):
            held = self._held_by(context["connection"])
            # Not every UPDATE: it may be of rows that the transaction has inserted, or that were
            # locked before the part of it that a test calls.
            if locked and table not in held and (later := crossing(table, held=held)):
                self.breaches.append(f"locks {table} after {later}: {text}")
            held.append(table)
        return execute(sql, params, many, context)

    def _held_by(self, connection: BaseDatabaseWrapper) -> list[str]:
        """The tables locked in the transaction under test; none outside a transaction.

        A test without transactions of its own is in blocks of one already.
        """
        blocks: Any = connection.atomic_blocks
        around = sum(block._from_testcase for block in blocks)
        if len(blocks) == around:
            return []
        # Each is another object in another transaction.
        mark: object = connection.run_on_commit
        if around:  # a block without a savepoint has no number
            mark = connection.savepoint_ids[around - 1] or blocks[around]
        known, held = self._held.get(connection, (None, []))
        if known is not mark:
            held = []
            self._held[connection] = mark, held
        return held


@contextmanager
def undone() -> Iterator[None]:
    """Roll the block back, as the block around a test is: for each example of a property."""
    block = transaction.atomic()
    block._from_testcase = True  # transactions in it are those of the code under test
    with block:
        yield
        transaction.set_rollback(True)
