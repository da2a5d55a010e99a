"""Hotels are created and saved by `save_hotel`, which lets other apps settle what is due."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2]
CREATES = {"create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
SCHEDULING = {"active", "timezone"}


def calls_of_methods() -> Iterator[tuple[str, ast.Call, ast.Attribute]]:
    for path in [*(SOURCES / "hotels").rglob("*.py"), *(SOURCES / "jobs").rglob("*.py")]:
        source = path.read_text()
        elsewhere = not {"migrations", "property_changes.py"}.intersection(path.parts)
        if not (elsewhere and ("Hotel.objects" in source or "hotel.save" in source)):
            continue  # parsing takes long
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield path.name, node, node.func


def saves_a_hotel(call: ast.Call, method: ast.Attribute) -> bool:
    """True for `Hotel.objects.create(…)`, `….update(active=…)`, `hotel.save()` and their kind."""
    target = ast.unparse(method.value)
    if target.removeprefix("models.").startswith("Hotel.objects"):
        named = {keyword.arg for keyword in call.keywords}
        return method.attr in CREATES or (method.attr == "update" and bool(named & SCHEDULING))
    return target.split(".")[-1] == "hotel" and method.attr == "save"


@pytest.mark.once
def test_hotels_are_saved_in_one_place_only() -> None:
    assert [name for name, *call in calls_of_methods() if saves_a_hotel(*call)] == []
