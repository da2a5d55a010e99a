"""Locking of rows: only the table's own rows, and in order of their keys (docs/adr/0024)."""

from typing import Any, Self, TypeVar

from django.db import connections, models, transaction

Row = TypeVar("Row", bound=models.Model, covariant=True)


class LockableQuerySet(models.QuerySet[Row]):
    """Rows that can be locked. Nothing else in the project calls `select_for_update`."""

    def locked(self, *, exclusive: bool = False, skip_locked: bool = False) -> Self:
        """These rows, locked until the transaction ends; SQLite locks the whole database.

        In order of their keys, so that two transactions never wait for each other's rows, and
        without the rows of joined tables, which the default ordering of many models joins.
        `exclusive` also keeps out new rows that refer to these; `skip_locked` leaves out rows that
        others have locked.
        """
        return self.order_by("pk").select_for_update(
            of=("self",), no_key=not exclusive, skip_locked=skip_locked
        )

    def update_in_order(self, **columns: Any) -> int:
        """Update these rows after locking them in order of their keys; returns their number.

        PostgreSQL's own UPDATE locks rows in the order in which it finds them.
        """
        database = connections[self.db]
        if not database.features.has_select_for_update:
            return self.update(**columns)
        with transaction.atomic(using=self.db, savepoint=False):
            rows = self.select_related(None).locked()
            keys = list(rows.values_list(self.model._meta.pk.attname, flat=True))
            return self.model._base_manager.filter(pk__in=keys).update(**columns) if keys else 0
