"""Previews that workers make for users."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


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
