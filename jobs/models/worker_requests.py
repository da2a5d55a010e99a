"""Requests of users that workers answer: previews, and CSV files of executions."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models.locking import LockableQuerySet


class PreviewRequest(models.Model):
    """Previews of a job in some hotels that a user asked for, made by a worker.

    `hotel_ids` are the hotels, in this order, of which `done` are done; `result` is complete at
    `finished_at`, see `jobs.dispatch.previews`. `active_at` is when a worker was asked, or went on
    last. Only `user` may read it, for `KEPT_FOR`.
    """

    KEPT_FOR = timedelta(hours=1)
    # A worker reports at least after each hotel; longer, and its message or the worker is lost.
    LOST_AFTER = timedelta(minutes=2)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    job_name = models.CharField(max_length=60)
    hotel_ids = models.JSONField()
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField()
    active_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request for previews")
        verbose_name_plural = _("requests for previews")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_at"], name="preview_request_by_age")]

    def __str__(self) -> str:
        return f"{self.job_name} #{self.pk}"


class ExecutionExport(models.Model):
    """A CSV file of executions that a user asked for, written by a worker part by part.

    `filters` are those of the list, see `jobs.exports.filters`. Of `total` executions, None until
    they are counted, `written` are in the first `parts_written` parts; the next part begins after
    `last_key`. The parts have `size` bytes, `stored_size` as they are stored, and executions of the
    hotels `hotel_ids`. The file is complete at `finished_at`, unless there is a `failure`.
    `active_at` is when a worker was asked, or wrote last. Only `user` may read it, for `KEPT_FOR`.
    """

    class Failure(models.TextChoices):
        """Reason why there is no file."""

        TOO_LARGE = "too_large", _("Too large")
        ERROR = "error", _("Unexpected error")

    KEPT_FOR = timedelta(days=1)
    # A worker reports at least after each part; longer, and its message or the worker is lost.
    LOST_AFTER = timedelta(minutes=2)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    filters = models.JSONField()
    total = models.PositiveIntegerField(null=True)
    written = models.PositiveIntegerField(default=0)
    parts_written = models.PositiveIntegerField(default=0)
    last_key = models.BigIntegerField(null=True)
    size = models.PositiveBigIntegerField(default=0)
    stored_size = models.PositiveBigIntegerField(default=0)
    hotel_ids: Any = models.JSONField(default=list)
    failure = models.CharField(max_length=9, choices=Failure.choices, blank=True)
    created_at = models.DateTimeField()
    active_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("export of executions")
        verbose_name_plural = _("exports of executions")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_at"], name="execution_export_by_age")]

    def __str__(self) -> str:
        return f"executions #{self.pk}"


class ExecutionExportPart(models.Model):
    """A part of the file of an export: lines of CSV in UTF-8, compressed by zlib."""

    export = models.ForeignKey(
        ExecutionExport, on_delete=models.CASCADE, related_name="parts", db_index=False
    )
    number = models.PositiveIntegerField()  # from 0
    data = models.BinaryField()

    class Meta:
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        ordering = ["export", "number"]
        constraints = [
            models.UniqueConstraint(fields=["export", "number"], name="execution_export_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.export_id} #{self.number}"
