"""Messages that wait to be sent, or were."""

from django.contrib import admin

from hotels.admin.base import ReadOnlyAdmin
from jobs.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What is said to whom, and which execution asked for it."""

    list_display = ("created_at", "hotel", "topic", "audience", "recipient", "subject", "sent_at")
    list_dates = "created_at"
    list_filter = ("topic", "audience")
    list_select_related = ("hotel",)
    search_fields = ("recipient", "subject", "key")
