"""Finding a user's export, and the file that a worker wrote."""

import zlib
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser

from hotels.models.locking import LockableQuerySet
from hotels.roles import Access, Action
from jobs.models import ExecutionExport, ExecutionExportPart


def find_export(
    *, public_id: UUID, by: AbstractBaseUser, access: Access, now: datetime
) -> ExecutionExport | None:
    """The user's own export, unless it is too old or has executions of a hotel they have left."""
    found = _recent(by=by, now=now).filter(public_id=public_id).first()
    return found if found is not None and _may_read(access, found) else None


def latest_export(*, by: AbstractBaseUser, access: Access, now: datetime) -> ExecutionExport | None:
    """The user's export, as there is one at most, if they could find it."""
    found = _recent(by=by, now=now).first()
    return found if found is not None and _may_read(access, found) else None


def _recent(*, by: AbstractBaseUser, now: datetime) -> LockableQuerySet[ExecutionExport]:
    since = now - ExecutionExport.KEPT_FOR
    return ExecutionExport.objects.filter(user_id=by.pk, created_at__gte=since)


def _may_read(access: Access, export: ExecutionExport) -> bool:
    return access.everywhere or access.hotel_ids(action=Action.SEE).issuperset(export.hotel_ids)


def file_of(export: ExecutionExport) -> Iterator[bytes]:
    """The complete file, part by part. Raises DoesNotExist if it is deleted meanwhile."""
    for number in range(export.parts_written):
        part = ExecutionExportPart.objects.get(export_id=export.pk, number=number)
        yield zlib.decompress(part.data)
