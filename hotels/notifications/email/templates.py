"""The template of a kind and language: the hotel's own, else the project's."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from hotels.models import EmailTemplate, Hotel
from hotels.notifications.email.kinds import MailKind
from hotels.notifications.email.sandbox import TemplateRefused, check_template

_DEFAULTS = Path(__file__).parent / "defaults"
_SUBJECT = "Subject: "
LONGEST_SUBJECT = 400  # of the template; of what it writes see `rendering`


@dataclass(frozen=True, kw_only=True)
class MailTemplate:
    """A template: the subject in one line, and the body in the markup of `markup`."""

    subject: str
    body: str


def languages() -> list[str]:
    """The codes of the languages that have templates."""
    return [code for code, _name in settings.LANGUAGES]


@cache
def default_template(*, kind: str, language: str) -> MailTemplate:
    """The project's template. Raises FileNotFoundError for an unknown kind or language."""
    source = (_DEFAULTS / language / f"{kind}.txt").read_text(encoding="utf-8")
    first, _line_break, body = source.partition("\n")
    return MailTemplate(subject=first.removeprefix(_SUBJECT), body=body.lstrip("\n"))


def own_template(*, kind: str, language: str, hotel: Hotel) -> MailTemplate | None:
    """The template that the hotel wrote; None if it has none."""
    row = EmailTemplate.objects.filter(hotel=hotel, kind=kind, language=language).first()
    return MailTemplate(subject=row.subject, body=row.body) if row else None


def check(template: MailTemplate, *, kind: MailKind) -> None:
    """Check subject and body before they are saved.

    Raises TemplateRefused, which says in which of them and in which line.
    """
    subject = template.subject
    if not subject.strip() or not template.body.strip():
        raise TemplateRefused(_("subject and text must not be empty."), line=1)
    if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        raise TemplateRefused(
            _("the subject is one line, with a length of at most %(most)s.")
            % {"most": LONGEST_SUBJECT},
            line=1,
        )
    check_template(subject, kind=kind)
    check_template(template.body, kind=kind)
