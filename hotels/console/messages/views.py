"""One message with its text and attempts; sending it again, cancelling it."""

from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hotels.audit import Verb
from hotels.console.badges import attempt_badge, message_badge
from hotels.console.base import ConsolePage
from hotels.console.object_pages import object_page
from hotels.console.row_actions import RowActionPage
from hotels.models import Message
from hotels.models.messages import message_label
from hotels.notifications.delivery.actions import action_needed, cancel, resend
from hotels.roles import Action

UTC = ZoneInfo("UTC")


class OneMessage(ConsolePage):
    """`/admin/messages/<pk>/`: the text as sent, the attempts, and what can be done."""

    template_name = "hotels/console/messages/message.html"

    @cached_property
    def message(self) -> Message:
        """The message. Raises Http404 when it is of another hotel."""
        rows = self.access.narrow(Message.objects.all(), action=Action.SEE)
        found = rows.select_related("hotel", "endpoint").filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the message, its attempts, the objects it names, and the actions allowed."""
        row = self.message
        may = row.hotel is not None and self.may(action_needed(row), row.hotel)
        return super().get_context_data(
            title=str(row),
            zone=row.hotel.zone if row.hotel else UTC,
            message=row,
            badge=message_badge(row),
            kind=message_label(row.template),
            audience=message_label(row.audience),
            attempts=[
                (each, attempt_badge(each)) for each in row.delivery_attempts.order_by("-number")
            ],
            about=_link(row.about_model, row.about_id),
            cause=_link(row.cause_model, row.cause_id),
            may_resend=may and row.status != Message.Status.SENDING,
            may_cancel=may and row.status == Message.Status.WAITING,
            is_email=row.channel == Message.Channel.EMAIL,
            **kwargs,
        )


def _link(model: str, key: int | None) -> tuple[str, str] | None:
    """The page of an object and the name of its kind; None for an object without a page."""
    page = object_page(model, key) if model and key is not None else ""
    return (page, capfirst(apps.get_model(model)._meta.verbose_name)) if page else None


class _MessageAction(RowActionPage):
    model = Message
    action = Action.SEND
    back = "admin:hotels_message_changelist"

    def locked(self, pk: int) -> Any:
        """Return the row under a lock. Raises Http404, and PermissionDenied as the base does."""
        row = super().locked(pk)
        assert isinstance(row, Message)
        if row.hotel is None or not self.may(action_needed(row), row.hotel):
            raise PermissionDenied
        return row

    def _act_and_record(self, row: Any) -> tuple[str, tuple[str, ...]]:
        return self.act(row)  # it makes the entry in the audit trail


class ResendMessage(_MessageAction):
    """`POST /admin/messages/<pk>/resend/`: send the message again, to another address if given."""

    verb = Verb.RESEND

    def act(self, row: Message) -> tuple[str, tuple[str, ...]]:
        """Let the message be sent again. Raises ActionRefused."""
        recipient = self.request.POST.get("recipient", "").strip()
        resend(message=row, by=self.user, now=self.now, recipient=recipient)
        return _("The message is sent again within a minute."), ()


class CancelMessage(_MessageAction):
    """`POST /admin/messages/<pk>/cancel/`: cancel a message that waits."""

    verb = Verb.CANCEL_MESSAGE

    def act(self, row: Message) -> tuple[str, tuple[str, ...]]:
        """Cancel the message. Raises ActionRefused."""
        cancel(message=row, by=self.user, now=self.now)
        return _("The message is cancelled."), ()
