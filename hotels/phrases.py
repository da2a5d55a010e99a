"""Texts that the project generates on charges and documents, translated when they are shown.

A phrase is stored as a code with its values, beside the same text in English. Texts typed by people
have no phrase and are shown as they were typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.i18n import in_english

CREDIT = "CREDIT"
_TEXTS = {
    "NIGHT": _("Night of %(night)s"),
    "ROOM_NIGHT": _("Room %(room)s, night of %(night)s"),
    "NO_SHOW_FEE": _("No-show fee %(room)s, arrival %(arrival)s"),
    CREDIT: _("Credit on %(invoice)s"),
    # Translators: the description of a charge that was cancelled
    "REVERSED": _("Reversed: %(charge)s"),
    "FEE_WAIVED": _("No-show fee of %(room)s waived"),
    "REINSTATED": _("%(room)s reinstated"),
}
_DATES = frozenset({"night", "arrival"})


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A generated text: its code and values. Dates are ISO 8601; `charge` may be a phrase."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The text in the active language. Raises KeyError for an unknown code."""
        shown = {name: _shown(name, value) for name, value in self.values.items()}
        return str(_TEXTS[self.code]) % shown

    @in_english()
    def text_in_english(self) -> str:
        """The text in English, to be stored."""
        return self.text()

    def __str__(self) -> str:
        return self.text_in_english()

    def to_json(self) -> dict[str, Any]:
        """The phrase as it is stored."""
        return {"code": self.code, "values": dict(self.values)}


def night_of(night: date, *, room: str = "") -> Phrase:
    """A night, with the number of the room if it is given."""
    if not room:
        return Phrase(code="NIGHT", values={"night": night.isoformat()})
    return Phrase(code="ROOM_NIGHT", values={"room": room, "night": night.isoformat()})


def no_show_fee(*, room: str, arrival: date) -> Phrase:
    """The no-show fee of a reserved room."""
    return Phrase(code="NO_SHOW_FEE", values={"room": room, "arrival": arrival.isoformat()})


def credit_on(invoice: str) -> Phrase:
    """An amount credited on the invoice with this number."""
    return Phrase(code=CREDIT, values={"invoice": invoice})


def reversal_of(description: str, *, phrase: Mapping[str, Any]) -> Phrase:
    """The reversal of a charge with this description and stored phrase, if it has one."""
    return Phrase(code="REVERSED", values={"charge": dict(phrase) or description})


def fee_waived(room: str) -> Phrase:
    """The reason of a credit note for a no-show fee that was waived."""
    return Phrase(code="FEE_WAIVED", values={"room": room})


def reinstated(room: str) -> Phrase:
    """The reason of a credit note for the no-show fee of a room that was reinstated."""
    return Phrase(code="REINSTATED", values={"room": room})


def shown_text(text: str, *, phrase: Mapping[str, Any]) -> str:
    """The stored `phrase` in the active language; `text` as it is if there is no known phrase."""
    if phrase.get("code") not in _TEXTS:
        return text
    return Phrase(code=phrase["code"], values=phrase["values"]).text()


def _shown(name: str, value: Any) -> str:
    if name in _DATES:
        return formats.date_of(date.fromisoformat(value))
    return shown_text("", phrase=value) if isinstance(value, dict) else str(value)
