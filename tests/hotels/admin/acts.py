"""Form posts in the admin, and their entries in the audit trail."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from hotels.models import AuditEntry
from tests.hotels.admin.books import NOW, form_of


def posted(row: Model, **changes: Any) -> dict[str, Any]:
    data = form_of(row) | changes
    if isinstance(row, User):
        data |= {"date_joined_0": f"{NOW:%Y-%m-%d}", "date_joined_1": f"{NOW:%H:%M:%S}"}
    return data


def entries(verb: str | None = None) -> list[AuditEntry]:
    found = AuditEntry.objects.exclude(username="ana")  # of `rows`
    return list(found.filter(verb=verb) if verb else found)


def crash(*_: Any, **__: Any) -> None:
    raise RuntimeError
