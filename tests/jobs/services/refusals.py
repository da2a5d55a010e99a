"""A database that refuses one row."""

from django.db import connection, models


def refuse(model: type[models.Model], *, where: str) -> None:
    """Make the table of `model` refuse rows for which the SQL condition `where` is true."""
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        # With deferred constraint checks pending, the table cannot be altered.
        statement = (
            "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; "
            f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (NOT ({where})) NOT VALID"
        )
    else:
        statement = (
            f"CREATE TRIGGER refused BEFORE INSERT ON {table} WHEN NEW.{where} "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    with connection.cursor() as cursor:
        cursor.execute(statement)
