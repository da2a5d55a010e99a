"""The data of all hotels as text without primary keys, for comparing two databases.

Crashes use up primary keys, so these may differ. Everything else must be equal.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db import models

from hotels.models import Message
from jobs.models import JobExecution, JobRun, Tick

# Executions, runs and ticks differ after crashes; so do the IDs and times of a message, and the
# keys of rows that its own key and attachments name.
ENGINE = {JobExecution, JobRun, Tick}
LEFT_OUT = {
    Message: {
        *("about_id", "attachments", "cause_id"),
        *("created_at", "ended_at", "next_attempt_at", "public_id"),
    }
}


def books() -> Counter[str]:
    """Return every row as text; a foreign key becomes a digest of the row it refers to."""
    rows = {
        model: model._default_manager.in_bulk()
        for label in ("hotels", "jobs")
        for model in apps.get_app_config(label).get_models()
    }
    texts = _RowTexts(rows)
    return Counter(
        texts.text(row)
        for model, of_model in rows.items()
        if model not in ENGINE
        for row in of_model.values()
    )


class _RowTexts:
    def __init__(self, rows: Mapping[type[models.Model], Mapping[Any, models.Model]]) -> None:
        self._rows = rows
        self._digests: dict[tuple[type, Any], str] = {}

    def text(self, row: models.Model) -> str:
        left_out = LEFT_OUT.get(type(row), set())
        fields = [
            f"{field.name}={self._value(row, field)!r}"
            for field in row._meta.concrete_fields
            if not field.primary_key and field.name not in left_out
        ]
        return f"{row._meta.label} {' '.join(fields)}"

    def _value(self, row: models.Model, field: Any) -> Any:
        value = getattr(row, field.attname)
        if isinstance(row, Message) and field.name == "key":
            return str(value).partition(":")[0]
        if value is None or not field.is_relation:
            return value
        if field.related_model._meta.app_label not in ("hotels", "jobs"):
            return value
        return self._digest(field.related_model, value)

    def _digest(self, model: type[models.Model], pk: Any) -> str:
        key = (model, pk)
        if key not in self._digests:
            self._digests[key] = sha256(self.text(self._rows[model][pk]).encode()).hexdigest()[:12]
        return self._digests[key]
