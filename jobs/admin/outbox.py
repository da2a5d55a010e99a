"""Admin list of outbox messages."""

from django.contrib import admin
from django.utils.functional import Promise
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.columns import instant_column
from jobs.models import OutboxMessage

_TOPICS: dict[str, str | Promise] = {
    "no-show": _("No-show"),
    "no-show-review": _("No-show to decide"),
    "room-released": _("Room released"),
}

_SENT_AT = instant_column("sent_at", label=_("sent"))


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Read-only list of messages, waiting and sent."""

    list_display = (
        instant_column("created_at"),
        *("hotel", "topic_label", "audience", "recipient", "subject", "sent"),
    )
    list_dates = "created_at"
    list_filter = ("topic", "audience")
    list_select_related = ("hotel",)
    search_fields = ("recipient", "subject", "key")

    @admin.display(description=_("topic"), ordering="topic")
    def topic_label(self, message: OutboxMessage) -> str:
        """Label of the topic; topics without one are spelled out."""
        return str(_TOPICS.get(message.topic) or capfirst(message.topic.replace("-", " ")))

    @admin.display(
        description=format_lazy(_("{label} (hotel time)"), label=_("sent")), ordering="sent_at"
    )
    def sent(self, message: OutboxMessage) -> str:
        """Time of sending in hotel time."""
        return str(_SENT_AT(message)) or gettext("not sent yet")
