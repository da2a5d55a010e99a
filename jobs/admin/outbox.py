"""Admin list of outbox messages."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.columns import instant_column
from jobs.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Read-only list of messages, waiting and sent."""

    list_display = (
        instant_column("created_at"),
        *("hotel", "topic", "audience", "recipient", "subject"),
        instant_column("sent_at", label=_("sent")),
    )
    list_dates = "created_at"
    list_filter = ("topic", "audience")
    list_select_related = ("hotel",)
    search_fields = ("recipient", "subject", "key")
