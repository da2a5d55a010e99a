"""Fixtures: databases for the crash tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.databases import Databases


@pytest.fixture
def databases(tmp_path: Path, tables: Path | None) -> Iterator[Databases]:
    """Create databases on demand; they are deleted after the test."""
    made = Databases(tmp_path, tables=tables)
    yield made
    made.drop()
