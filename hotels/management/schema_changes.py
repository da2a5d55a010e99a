"""Detection of model changes that need a migration."""

from typing import Any

from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState

NAMES = ("verbose_name", "verbose_name_plural")
TEXTS = ("verbose_name", "help_text")


class SchemaAutodetector(MigrationAutodetector):
    """Ignore names, help texts, error messages and labels: the database does not know them.

    Rewording a label then needs no migration. A new or removed value of a choice still does.
    """

    def __init__(
        self, from_state: ProjectState, to_state: ProjectState, questioner: Any = None
    ) -> None:
        for key in from_state.models.keys() & to_state.models.keys():
            old, new = from_state.models[key].options, to_state.models[key].options
            for name in NAMES:
                old.pop(name, None)
                if name in new:
                    old[name] = new[name]
            messages = {c.name: c.violation_error_message for c in new.get("constraints", ())}
            for constraint in old.get("constraints", ()):
                if constraint.name in messages:
                    constraint.violation_error_message = messages[constraint.name]
        super().__init__(from_state, to_state, questioner)

    def deep_deconstruct(self, obj: Any) -> Any:
        """Django's description of a field, without its texts and with the values of its choices."""
        description = super().deep_deconstruct(obj)
        if isinstance(obj, models.Field):
            path, args, options = description
            kept = {name: value for name, value in options.items() if name not in TEXTS}
            if "choices" in kept:
                kept["choices"] = [value for value, _ in obj.flatchoices]
            return path, args, kept
        return description
