"""Databases for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.databases import Databases


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    """Gone after the test."""
    made = Databases(tmp_path)
    yield made
    made.drop()
