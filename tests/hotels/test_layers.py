"""Only pages know forms: the domain, the models and the modules below them never import them.

import-linter cannot forbid `django.forms`, a subpackage of an external package; the other layers
are contracts in pyproject.toml.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

HOTELS = Path(__file__).resolve().parents[2] / "hotels"
PAGES = ("admin", "api", "console", "http")


def modules_below_the_pages() -> list[str]:
    paths = (path.relative_to(HOTELS) for path in HOTELS.rglob("*.py"))
    return sorted(path.as_posix() for path in paths if path.parts[0] not in PAGES)


def imports_of(source: str) -> Iterator[str]:
    """Dotted names of everything a module imports, wherever the import is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_forms(source: str) -> bool:
    return any(f"{name}.".startswith("django.forms.") for name in imports_of(source))


@pytest.mark.parametrize("module", modules_below_the_pages())
def test_a_module_below_the_pages_does_not_import_forms(module: str) -> None:
    assert not imports_forms((HOTELS / module).read_text())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from django import forms", True),
        ("from django.forms import Form", True),
        ("from django.forms.models import ModelForm", True),
        ("import django.forms", True),
        ("def late():\n    import django.forms", True),
        ("from django.db import models", False),
        ("from hotels.forms import Form", False),
    ],
)
def test_every_way_to_import_forms_is_found(source: str, found: bool) -> None:
    assert imports_forms(source) is found
