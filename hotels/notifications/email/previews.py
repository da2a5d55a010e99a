"""A template with the values of a real message, or with samples. Nothing is stored or sent."""

from base64 import b64encode
from dataclasses import dataclass

from django.utils import translation

from hotels.models import Hotel, Message
from hotels.notifications.email.kinds import MailKind
from hotels.notifications.email.rendering import LOGO_ID, Letterhead, Written, look_of, write
from hotels.notifications.email.templates import MailTemplate, check

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Example:
    """A message of the hotel whose values a preview may use."""

    key: int
    label: str


def examples(*, kind: MailKind, hotel: Hotel) -> list[Example]:
    """The newest messages of this kind."""
    rows = Message.objects.of_hotel(hotel).filter(template=kind.name).order_by("-pk")[:SHOWN]
    return [
        Example(
            key=row.pk, label=f"{row.recipient_name or row.recipient} · {row.subject}".strip(" ·")
        )
        for row in rows
    ]


def preview(
    template: MailTemplate, *, kind: MailKind, language: str, hotel: Hotel, example: int | None
) -> Written:
    """The message with the values of `example`, a message of the hotel, else with samples.

    A secret variable has its sample. Raises TemplateRefused for a wrong template, and
    TemplateFailed when it cannot be written.
    """
    check(template, kind=kind)
    with translation.override(language):
        values = kind.sample_values()
    of_kind = Message.objects.of_hotel(hotel).filter(template=kind.name)
    row = of_kind.filter(pk=example).first() if example else None
    if row is not None:
        secrets = {name: values[name] for name in kind.secrets}
        values = {**values, **row.payload, **secrets}
    return write(
        kind=kind,
        language=language,
        template=template,
        values=values,
        recipient_name=row.recipient_name if row else "Ana Silva",
        letterhead=Letterhead.of(hotel, look=look_of(hotel)),
    )


def with_logo(written: Written, *, hotel: Hotel) -> str:
    """The HTML with the logo in it, as a page shows it."""
    look = look_of(hotel)
    if look is None or not look.logo:
        return written.html
    data = f"data:{look.logo_type};base64,{b64encode(bytes(look.logo)).decode()}"
    return written.html.replace(f'"cid:{LOGO_ID}"', f'"{data}"')
