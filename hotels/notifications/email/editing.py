"""Changing a hotel's templates and their look, with entries in the audit trail."""

import re
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb
from hotels.errors import ActionRefused
from hotels.i18n import counted
from hotels.models import EmailLook, EmailTemplate, Hotel
from hotels.models.emails import LARGEST_LOGO
from hotels.notifications.email.kinds import MailKind
from hotels.notifications.email.templates import MailTemplate, check, default_template

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


@transaction.atomic
def save_template(
    template: MailTemplate,
    *,
    kind: MailKind,
    language: str,
    hotel: Hotel,
    by: AbstractBaseUser,
    now: datetime,
) -> None:
    """Use this template in the hotel from now on; messages that were written stay as they are.

    A template equal to the project's is not stored: it would keep the hotel from later improvements
    of that one. Raises TemplateRefused, with the line, for a wrong template.
    """
    check(template, kind=kind)
    if template == default_template(kind=kind.name, language=language):
        reset_template(kind=kind, language=language, hotel=hotel, by=by, now=now)
        return
    row = _own(kind=kind, language=language, hotel=hotel)
    before = audit.snapshot(row) if row else None
    if row is None:
        row = EmailTemplate(hotel=hotel, kind=kind.name, language=language)
    row.subject, row.body = template.subject, template.body
    row.changed_at, row.changed_by_id = now, by.pk
    row.save()
    verb = Verb.CHANGE if before else Verb.ADD
    audit.record(
        by=by, verb=verb, row=row, before=before, after=audit.snapshot(row), hotel=hotel, now=now
    )


@transaction.atomic
def reset_template(
    *, kind: MailKind, language: str, hotel: Hotel, by: AbstractBaseUser, now: datetime
) -> None:
    """Use the project's template again; without an own one this changes nothing."""
    row = _own(kind=kind, language=language, hotel=hotel)
    if row is not None:
        before = audit.snapshot(row)
        audit.record(by=by, verb=Verb.DELETE, row=row, before=before, hotel=hotel, now=now)
        row.delete()


@transaction.atomic
def change_look(
    *,
    hotel: Hotel,
    colour: str,
    logo: bytes | None,
    by: AbstractBaseUser,
    now: datetime,
) -> None:
    """Set the colour, and the logo unless it is None; empty ones are removed.

    Raises ActionRefused for a wrong colour, and a logo that is no small PNG, JPEG or GIF.
    """
    if colour and not _COLOUR.fullmatch(colour):
        raise ActionRefused(_("Write a colour such as #1f5c7a."))
    logo_type = _type_of(logo) if logo else ""
    row = EmailLook.objects.filter(hotel=hotel).locked().first() or EmailLook(hotel=hotel)
    before = _shown(row)
    row.colour = colour.lower()
    if logo is not None:
        row.logo, row.logo_type = logo, logo_type
    row.save()
    audit.record(
        by=by, verb=Verb.CHANGE, row=row, before=before, after=_shown(row), hotel=hotel, now=now
    )


def _own(*, kind: MailKind, language: str, hotel: Hotel) -> EmailTemplate | None:
    rows = EmailTemplate.objects.filter(hotel=hotel, kind=kind.name, language=language)
    return rows.locked().first()


def _type_of(logo: bytes) -> str:
    if len(logo) > LARGEST_LOGO:
        refusal = _("The logo has at most %(count)s kB: it travels in each message.")
        raise ActionRefused(refusal % {"count": LARGEST_LOGO // 1024})
    for beginning, media_type in _BEGINNINGS.items():
        if logo.startswith(beginning):
            return media_type
    raise ActionRefused(_("The logo must be a PNG, JPEG or GIF file."))


def _shown(row: EmailLook) -> dict[str, str]:
    """The look in the audit trail: of the logo only its type and size."""
    size = f"{row.logo_type}, {counted(len(bytes(row.logo)), 'byte')}" if row.logo else ""
    return {"colour": row.colour, "logo": size}
