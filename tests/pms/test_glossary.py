"""docs/glossary.md: each word has one line."""

from collections import Counter

import pytest
from django.conf import settings

pytestmark = pytest.mark.once


def test_each_word_has_one_line() -> None:
    text = (settings.BASE_DIR / "docs" / "glossary.md").read_text()
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]

    words = Counter(row[1].strip() for row in rows)

    assert len(words) > 50
    assert [word for word, count in words.items() if count > 1] == []
