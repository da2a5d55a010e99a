"""Deletion of alerts that were over long ago."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from jobs.models import Alert

KEPT_FOR = timedelta(days=400)
BATCH = 200


def delete_old_alerts(*, now: datetime, stop: Callable[[], bool]) -> int:
    """Delete alerts that closed more than `KEPT_FOR` ago, with their hotels; return their number.

    Returns early when `stop` is true.
    """
    total = 0
    while not stop():
        with transaction.atomic():
            old = Alert.objects.filter(closed_at__lt=now - KEPT_FOR)
            keys = [row.pk for row in old.locked(skip_locked=True).only("pk")[:BATCH]]
            Alert.objects.filter(pk__in=keys).delete()
        total += len(keys)
        if len(keys) < BATCH:
            break
    return total
