"""makemigrations and migrate: rewording a model needs no migration, changing its schema does."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from hotels.management.schema_changes import SchemaAutodetector
from hotels.models import Hotel


def room(field: "models.Field[Any, Any]", **options: Any) -> ProjectState:
    state = ProjectState()
    fields = [("id", models.AutoField(primary_key=True)), ("state", field)]
    state.add_model(ModelState("hotels", "Room", fields, options=options))
    return state


def changes(before: ProjectState, after: ProjectState) -> list[str]:
    found = SchemaAutodetector(before, after)._detect_changes()
    return [type(each).__name__ for each in (found["hotels"][0].operations if found else [])]


BEFORE = {"max_length": 5, "choices": [("DIRTY", "dirty"), ("CLEAN", "clean")]}


def test_rewording_a_field_and_its_choices_needs_no_migration() -> None:
    before = room(models.CharField(**BEFORE))
    choices = [("DIRTY", "needs cleaning"), ("CLEAN", "ready")]
    after = room(models.CharField("room status", help_text="Now.", **BEFORE | {"choices": choices}))

    assert changes(before, after) == []


def test_renaming_a_model_for_its_readers_needs_no_migration() -> None:
    before = room(models.CharField(**BEFORE), verbose_name="room")
    after = room(models.CharField(**BEFORE), verbose_name="guest room", verbose_name_plural="rooms")

    assert changes(before, after) == []


@pytest.mark.parametrize(
    "change",
    [{"max_length": 9}, {"choices": [("DIRTY", "dirty")]}, {"null": True}, {"db_index": True}],
)
def test_changing_a_field_needs_a_migration(change: dict[str, Any]) -> None:
    before, after = room(models.CharField(**BEFORE)), room(models.CharField(**BEFORE | change))

    assert changes(before, after) == ["AlterField"]


def test_changing_the_ordering_needs_a_migration() -> None:
    before = room(models.CharField(**BEFORE))
    after = room(models.CharField(**BEFORE), ordering=["state"])

    assert changes(before, after) == ["AlterModelOptions"]


@pytest.mark.parametrize("name", ["makemigrations", "migrate"])
def test_the_commands_of_django_use_it(name: str) -> None:
    command = load_command_class(get_commands()[name], name)

    assert command.autodetector is SchemaAutodetector


def test_the_models_keep_their_labels() -> None:
    state = ProjectState.from_apps(apps)
    SchemaAutodetector(state.clone(), state)

    assert state.models["hotels", "hotel"].options["verbose_name"] == Hotel._meta.verbose_name
