"""Writing the file of an export, by the workers of the queue while its user waits (docs/adr/0031).

Each part is stored with how far the file is, in a transaction of its own. So another worker goes on
with it wherever one stopped or died, and of two that write the same file one ends.
"""

import logging
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from hotels import read_replica
from hotels.expired_rows import never
from hotels.models.locking import LockableQuerySet
from hotels.roles import Action, access_of
from jobs import queue
from jobs.exports.filters import ExportFilters
from jobs.exports.lines import BATCH, heading, lines_of, next_batch
from jobs.models import (
    ExecutionExport,
    ExecutionExportPart,
    JobExecutionQuerySet,
)

# A spreadsheet opens about as many rows.
MOST_ROWS = 1_000_000
MOST_BYTES = 100_000_000  # as they are stored
# A large file then waits behind the others.
MOST_SECONDS = 60.0
_log = logging.getLogger(__name__)


def is_too_large(rows: JobExecutionQuerySet) -> bool:
    """True if these are more executions than a file may have."""
    return _count(rows) > MOST_ROWS


@transaction.atomic
def request_export(
    *, filters: ExportFilters, by: AbstractBaseUser, now: datetime
) -> ExecutionExport:
    """Ask the workers for a file; it replaces the user's earlier one, finished or not."""
    _delete(ExecutionExport.objects.filter(user_id=by.pk))
    export = ExecutionExport.objects.create(
        user_id=by.pk, filters=filters.stored(), created_at=now, active_at=now
    )
    queue.send_export(export_id=export.pk)
    return export


@transaction.atomic
def ask_again_if_lost(*, export: ExecutionExport, now: datetime) -> bool:
    """Ask the workers again if none has gone on with the file lately; true if it was lost."""
    rows = ExecutionExport.objects.filter(pk=export.pk, finished_at=None)
    lost = rows.filter(active_at__lt=now - ExecutionExport.LOST_AFTER).update(active_at=now)
    if lost:
        queue.send_export(export_id=export.pk)
    return bool(lost)


def write_export(*, export_id: int, stop: Callable[[], bool]) -> None:
    """Write the file of an export, from the part on that is not stored yet.

    Once `stop` returns true, and after `MOST_SECONDS`, another worker is asked to go on. A file
    that was given up or is complete, or that another worker goes on with, is left.
    """
    rows = ExecutionExport.objects.filter(pk=export_id, finished_at=None)
    export = rows.first()
    if export is None:
        return
    try:
        is_left = _write(export, stop=stop)
    except Exception:  # noqa: BLE001  whatever it was, the page shows it
        # If the database is away this fails too: then the user's page asks again.
        _log.exception("The export %d failed.", export_id)
        _fail(export, ExecutionExport.Failure.ERROR)
        return
    if is_left:
        queue.send_export(export_id=export_id)


def _write(export: ExecutionExport, *, stop: Callable[[], bool]) -> bool:
    """Write part after part; true if another worker has to go on."""
    ends = monotonic() + MOST_SECONDS
    filters = ExportFilters.from_stored(export.filters)
    while True:
        batch = read_replica.read(lambda: _next_batch(export, filters))
        if batch is None:
            _delete(ExecutionExport.objects.filter(pk=export.pk))
            return False
        too_many = max(export.total or 0, export.written + len(batch)) > MOST_ROWS
        if too_many or export.stored_size > MOST_BYTES:
            _fail(export, ExecutionExport.Failure.TOO_LARGE)
            return False
        if not _store(export, batch) or export.finished_at is not None:
            return False
        if stop() or monotonic() > ends:
            return True


def _next_batch(export: ExecutionExport, filters: ExportFilters) -> list[Any] | None:
    """The next executions in the hotels that the user has now; None if the user has none.

    Counts all of them first, unless `total` is known. Then they are not read if they are too many.
    """
    user = get_user_model()._default_manager.filter(pk=export.user_id).first()
    if user is None or not access_of(user).somewhere(action=Action.SEE):
        return None
    rows = filters.rows(visible_to=user)
    if export.total is None:
        export.total = _count(rows)
        if export.total > MOST_ROWS:
            return []
    return next_batch(rows, last_key=export.last_key)


def _count(rows: JobExecutionQuerySet) -> int:
    return rows.order_by()[: MOST_ROWS + 1].count()


def _store(export: ExecutionExport, batch: Sequence[Any]) -> bool:
    """Store a part, and in `export` how far it is; false if the file is no longer ours to write."""
    text = lines_of(batch).encode()
    if not export.parts_written:
        text = heading().encode() + text
    data = zlib.compress(text)
    now = timezone.now()
    new: dict[str, Any] = {
        "total": export.total,
        "written": export.written + len(batch),
        "parts_written": export.parts_written + 1,
        "last_key": batch[-1].pk if batch else export.last_key,
        "size": export.size + len(text),
        "stored_size": export.stored_size + len(data),
        "active_at": now,
        "finished_at": None if len(batch) == BATCH else now,
    }
    hotel_ids = {row.hotel_id for row in batch}
    if not hotel_ids.issubset(export.hotel_ids):
        new["hotel_ids"] = sorted(hotel_ids.union(export.hotel_ids))
    with transaction.atomic():
        # Not if another worker has stored this part, or the user has given up the file.
        ours = ExecutionExport.objects.filter(pk=export.pk, finished_at=None)
        if not ours.filter(parts_written=export.parts_written).update(**new):
            return False
        ExecutionExportPart.objects.create(export=export, number=export.parts_written, data=data)
    for name, value in new.items():
        setattr(export, name, value)
    return True


@transaction.atomic
def _fail(export: ExecutionExport, failure: ExecutionExport.Failure) -> None:
    rows = ExecutionExport.objects.filter(pk=export.pk, finished_at=None)
    if rows.update(failure=failure, total=export.total, finished_at=timezone.now()):
        ExecutionExportPart.objects.filter(export=export).delete()


def delete_old_exports(*, now: datetime, stop: Callable[[], bool] = never) -> int:
    """Delete the exports that are older than `KEPT_FOR`, one by one; returns their number."""
    old = ExecutionExport.objects.filter(created_at__lt=now - ExecutionExport.KEPT_FOR)
    deleted = 0
    for pk in list(old.values_list("pk", flat=True)):
        if stop():
            break
        deleted += _delete(ExecutionExport.objects.filter(pk=pk))
    return deleted


@transaction.atomic
def _delete(rows: LockableQuerySet[ExecutionExport]) -> int:
    """Delete exports with their parts; returns the number of exports.

    Locked first, so that no worker adds a part in between.
    """
    keys = [export.pk for export in rows.locked(exclusive=True).only("pk")]
    ExecutionExportPart.objects.filter(export__in=keys).delete()
    ExecutionExport.objects.filter(pk__in=keys).delete()
    return len(keys)
