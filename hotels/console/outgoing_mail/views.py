"""The e-mails that are written to files instead of being sent, as in the demo."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from hotels.console.base import ConsolePage
from hotels.models import Message
from hotels.notifications.email import eml_files
from hotels.roles import Action

SHOWN = 200


def folder() -> Path | None:
    """The folder of the files; None where e-mails are really sent."""
    ours = f"{eml_files.__name__}.{eml_files.EmailBackend.__name__}"
    return eml_files.EmailBackend().folder if ours == settings.EMAIL_BACKEND else None


class _Page(ConsolePage):
    """Base: for administrators, because a file holds the whole link of an invitation."""

    required_action = Action.GRANT

    def messages(self) -> Any:
        """The messages of the user's hotels that are or were sent."""
        rows = self.access.narrow(Message.objects.all(), action=Action.GRANT)
        return rows.filter(channel=Message.Channel.EMAIL).select_related("hotel")


class OutgoingMail(_Page):
    """`/admin/outgoing-mail/`: the files, the newest first."""

    title = _("E-mails written to files")
    template_name = "hotels/console/outgoing_mail/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the messages that have a file."""
        place = folder()
        files = {path.stem for path in place.glob("*.eml")} if place else set()
        sent = self.messages().filter(status=Message.Status.SENT).order_by("-sent_at", "-pk")
        rows = [row for row in sent[: SHOWN * 2] if str(row.public_id) in files][:SHOWN]
        return super().get_context_data(folder=place, rows=rows, **kwargs)


class OutgoingFile(_Page):
    """`/admin/outgoing-mail/<id>.eml`: one file, for a mail program."""

    def get(  # type: ignore[override]  # a file is streamed
        self, request: HttpRequest, *args: Any, **kwargs: UUID
    ) -> HttpResponseBase:
        """Download it; raises Http404 for a message of another hotel, or without a file."""
        row = self.messages().filter(public_id=kwargs["public_id"]).first()
        place = folder()
        file = place / f"{kwargs['public_id']}.eml" if place else None
        if row is None or file is None or not file.is_file():
            raise Http404
        return FileResponse(
            file.open("rb"), as_attachment=True, filename=file.name, content_type="message/rfc822"
        )
