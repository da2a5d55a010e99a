"""PDFs from the templates beside this file, set by Typst. Templates hold no words: data does."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "typst"

# For archives (PDF/A-2a) and for screen readers (PDF/UA-1). Both refuse text that no font can show.
_STANDARDS: list[Any] = ["a-2a", "ua-1"]
_NOT_OF_STANDARD = "PDF/"

log = logging.getLogger(__name__)


def typeset(*, template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """The PDF of `template` about `data`, dated `at`; the same bytes for the same arguments.

    `data` is JSON, which the template reads as data: no text in it is ever taken for markup. Where
    no font of this machine has a character, the PDF has a box for it and is no archive's: `data`
    then comes to the template with `unshown` set, and the log says which text it was. Raises
    typst.TypstError for a template that is wrong.
    """
    try:
        return _compile(template, data, at=at, standards=_STANDARDS)
    except typst.TypstError as error:
        if not str(error).startswith(_NOT_OF_STANDARD):
            raise
        log.warning("%s: %s. Is there a font on this machine that has it?", template, error)
    return _compile(template, {**data, "unshown": True}, at=at, standards=[])


@cache
def _fonts() -> typst.Fonts:
    """The typesetter's own, and for scripts those lack (Arabic, Thai, Chinese) the system's."""
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
