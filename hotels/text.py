"""Text that people and programs type: names, notes and reasons."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_LINE_BREAKS = frozenset("\n\r\t")
# They reorder the text around them, so that a name reads as another (Unicode TR 36, section 2).
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Categories of characters that leave nothing on paper: spaces, controls, format characters.
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def refuse_unprintable(text: str) -> None:
    """Raise ValidationError for text that pages and documents cannot show as it was typed.

    Refused are control characters except line breaks and tabs, characters that reorder text, halves
    of surrogate pairs, code points that are no characters, which XML forbids, and text in which
    nothing is visible.
    """
    for character in text:
        if _is_unprintable(character):
            raise ValidationError(
                _("Contains a character that cannot be printed: %(code)s."),
                params={"code": f"U+{ord(character):04X}"},
                code="unprintable",
            )
    if text and all(unicodedata.category(character) in _INVISIBLE for character in text):
        raise ValidationError(_("Contains no visible character."), code="unprintable")


def _is_unprintable(character: str) -> bool:
    if character in _REORDERING or _is_noncharacter(ord(character)):
        return True
    return unicodedata.category(character) in ("Cc", "Cs") and character not in _LINE_BREAKS


def _is_noncharacter(code: int) -> bool:
    """True for the last two code points of each plane and U+FDD0 to U+FDEF (Unicode, 23.7)."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
