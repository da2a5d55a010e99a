"""Templates stay readable: no line is longer than 160 characters."""

from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

LONGEST = 160
ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(file.relative_to(ROOT)) for file in ROOT.rglob("*") if file.is_file())


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_line_of_a_template_is_too_long(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()

    assert [n for n, line in enumerate(lines, start=1) if len(line) > LONGEST] == []
