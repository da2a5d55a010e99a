"""Databases for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.databases import Databases


@pytest.fixture
def databases(tmp_path: Path, tables: Path | None) -> Iterator[Databases]:
    """Gone after the test."""
    made = Databases(tmp_path, tables=tables)
    yield made
    made.drop()
