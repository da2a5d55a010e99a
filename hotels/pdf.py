"""PDFs rendered by Typst from the templates in `typst/`; all text comes from the data."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "typst"

# For archives (PDF/A-2a) and screen readers (PDF/UA-1). Both refuse characters without a font.
_STANDARDS: list[Any] = ["a-2a", "ua-1"]
_STANDARD_VIOLATION = "PDF/"  # the start of Typst's message

log = logging.getLogger(__name__)


def typeset(*, template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """The PDF of `template` with `data`, dated `at`; the same bytes for the same arguments.

    The template reads `data` as JSON, so no text in it is treated as markup. If no font on this
    machine has a character, the PDF shows a box instead and does not meet the archive standards:
    the template then gets `unshown` set to true, and a warning with the text is logged. Raises
    typst.TypstError when the template is wrong.
    """
    try:
        return _compile(template, data, at=at, standards=_STANDARDS)
    except typst.TypstError as error:
        if not str(error).startswith(_STANDARD_VIOLATION):
            raise
        log.warning("%s: %s. Install a font that has this character.", template, error)
    return _compile(template, {**data, "unshown": True}, at=at, standards=[])


@cache
def _fonts() -> typst.Fonts:
    """Typst's own fonts, and the system's for scripts they lack (Arabic, Thai, Chinese)."""
    return typst.Fonts()


def _compile(
    template: str, data: Mapping[str, Any], *, at: datetime, standards: list[Any]
) -> bytes:
    pdf = typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps({"unshown": False, **data})},
        pdf_standards=standards,
        timestamp=int(at.timestamp()),
    )
    assert isinstance(pdf, bytes)
    return pdf
