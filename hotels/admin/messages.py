"""Admin list of outbox messages."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.columns import LINK, instant_column
from hotels.console.badges import message_badge
from hotels.models import Message
from hotels.models.messages import message_label
from hotels.templatetags.console import state

_CREATED_AT = instant_column("created_at")
_SENT_AT = instant_column("sent_at", label=_("sent"))


class LabelFilter(admin.AllValuesFieldListFilter):
    """Filter by the stored values of a field, with their labels."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return the choices; the first one, "All", has its label already."""
        first, *others = super().choices(changelist)
        yield first
        for choice in others:
            yield {**choice, "display": message_label(str(choice["display"]))}


class AudienceFilter(LabelFilter):
    """Filter by audience, headed "By audience" instead of "By for"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("audience")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Read-only list of messages, waiting and sent."""

    list_display = (
        "created",
        *("hotel", "template_label", "channel", "audience_label", "recipient", "state"),
        *("attempts", "sent"),
    )
    list_dates = "created_at"
    list_display_links = None
    autocomplete_fields = ("hotel",)
    list_filter = ("status", "channel", ("template", LabelFilter), ("audience", AudienceFilter))
    list_select_related = ("hotel",)
    search_fields = ("recipient", "subject", "key")
    fields = (
        *("hotel", "template_label", "audience_label", "recipient", "subject", "body"),
        *("created_at", "sent_at", "key", "payload"),
    )

    @admin.display(description=_("status"), ordering="status")
    def state(self, message: Message) -> SafeString:
        """Badge of the status."""
        return state(message_badge(message))

    @admin.display(
        description=format_lazy(_("{label} (hotel time)"), label=_("created")),
        ordering="created_at",
    )
    def created(self, message: Message) -> SafeString:
        """Time of storing, as a link to the page with the text, the attempts and the actions."""
        page = reverse("hotels:message", args=[message.pk])
        return format_html('<a class="{}" href="{}">{}</a>', LINK, page, _CREATED_AT(message))

    @admin.display(description=_("kind"), ordering="template")
    def template_label(self, message: Message) -> str:
        """Label of the kind."""
        return message_label(message.template)

    @admin.display(description=_("for"), ordering="audience")
    def audience_label(self, message: Message) -> str:
        """Label of the audience."""
        return message_label(message.audience)

    @admin.display(
        description=format_lazy(_("{label} (hotel time)"), label=_("sent")), ordering="sent_at"
    )
    def sent(self, message: Message) -> str:
        """Time of sending in hotel time."""
        return str(_SENT_AT(message)) or gettext("not sent yet")
