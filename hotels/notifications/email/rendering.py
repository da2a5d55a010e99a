"""Write a message: subject, plain text and HTML, from one template."""

import logging
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from django.utils import translation
from django.utils.translation import gettext as _
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import escape

from hotels.models import EmailLook, Hotel
from hotels.notifications.email import markup, sandbox
from hotels.notifications.email.kinds import MailKind
from hotels.notifications.email.templates import MailTemplate, default_template, own_template

LONGEST_SUBJECT = 180
COLOUR = "#1f5c7a"
LOGO_ID = "logo"
_LAYOUT = Path(__file__).parent / "layout.html"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A message: subject in one line, plain text, and a whole HTML document."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """The head and foot of each message of a hotel; all empty without a hotel."""

    name: str = ""
    address: str = ""
    email: str = ""
    colour: str = COLOUR
    has_logo: bool = False

    @classmethod
    def of(cls, hotel: Hotel | None, *, look: EmailLook | None) -> "Letterhead":
        """The letterhead of a hotel with its look, if it has chosen one."""
        if hotel is None:
            return cls()
        return cls(
            name=hotel.name,
            address=hotel.address,
            email=hotel.email,
            colour=(look.colour if look else "") or COLOUR,
            has_logo=bool(look and look.logo),
        )


def look_of(hotel: Hotel | None) -> EmailLook | None:
    """The look that the hotel has chosen; None if it has not."""
    return EmailLook.objects.filter(hotel=hotel).first() if hotel else None


def template_of(*, kind: MailKind, language: str, hotel: Hotel | None) -> MailTemplate:
    """The hotel's own template, else the project's."""
    own = own_template(kind=kind.name, language=language, hotel=hotel) if hotel else None
    return own or default_template(kind=kind.name, language=language)


def write(
    *,
    kind: MailKind,
    language: str,
    template: MailTemplate,
    values: Mapping[str, Any],
    recipient_name: str,
    letterhead: Letterhead,
    unsubscribe_url: str = "",
) -> Written:
    """The message that `template` makes of `values`.

    Raises sandbox.TemplateFailed when it cannot be written.
    """
    everything = {
        **values,
        "hotel": letterhead.name,
        "hotel_email": letterhead.email,
        "name": one_line(recipient_name, longest=160),
    }
    subject = sandbox.render(template.subject, kind=kind, values=everything)
    body = sandbox.render(template.body, kind=kind, values=everything)
    return _laid_out(
        subject=markup.plain(subject),
        body=body,
        language=language,
        letterhead=letterhead,
        unsubscribe_url=unsubscribe_url,
    )


def write_or_default(
    *, template: MailTemplate, kind: MailKind, language: str, **parts: Any
) -> Written:
    """The message of the template; of the project's own if that one cannot be written.

    A message about money must not fail because of a text. Raises sandbox.TemplateFailed.
    """
    try:
        return write(template=template, kind=kind, language=language, **parts)
    except sandbox.TemplateFailed as error:
        usual = default_template(kind=kind.name, language=language)
        if template == usual:
            raise
        _log.warning("The template %s (%s) was not used: %s", kind.name, language, error)
        return write(template=usual, kind=kind, language=language, **parts)


def write_plain(*, subject: str, body: str, language: str, letterhead: Letterhead) -> Written:
    """A message whose text was given, without a template."""
    # Blank lines still divide paragraphs; nothing else in the text is markup.
    paragraphs = "\n\n".join(markup.literal(part) for part in body.strip().split("\n\n"))
    return _laid_out(subject=subject, body=paragraphs, language=language, letterhead=letterhead)


def without_secrets(written: Written, *, secrets: Mapping[str, str]) -> Written:
    """The message as it is stored: the values of secret variables are left out."""
    with_notes = written
    for secret in filter(None, secrets.values()):
        note = _("(not stored)")
        with_notes = replace(
            with_notes,
            subject=with_notes.subject.replace(secret, note),
            text=with_notes.text.replace(secret, note),
            html=with_notes.html.replace(str(escape(secret)), note),
        )
    return with_notes


def one_line(text: str, *, longest: int) -> str:
    """Text for a header: no control characters, single spaces, at most `longest` characters."""
    visible = "".join(
        " " if unicodedata.category(each) in ("Cc", "Zl", "Zp", "Cs") else each for each in text
    )
    words = " ".join(visible.split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _laid_out(
    *, subject: str, body: str, language: str, letterhead: Letterhead, unsubscribe_url: str = ""
) -> Written:
    with translation.override(language):
        unsubscribe = _("Unsubscribe from these messages") if unsubscribe_url else ""
        html = _layout().render(
            language=language,
            subject=one_line(subject, longest=LONGEST_SUBJECT),
            body=markup.to_html(body),
            hotel=letterhead,
            logo_id=LOGO_ID,
            unsubscribe=unsubscribe,
            unsubscribe_url=unsubscribe_url,
        )
    footer = [
        "-- ",
        *filter(None, (letterhead.name, *letterhead.address.splitlines(), letterhead.email)),
        *([f"{unsubscribe}: {unsubscribe_url}"] if unsubscribe_url else []),
    ]
    text = markup.to_text(body)
    return Written(
        subject=one_line(subject, longest=LONGEST_SUBJECT),
        text=f"{text}\n" + "\n".join(footer) + "\n" if len(footer) > 1 else text,
        html=_inliner().inline(html),
    )


@cache
def _layout() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_LAYOUT.read_text(encoding="utf-8"))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False)
