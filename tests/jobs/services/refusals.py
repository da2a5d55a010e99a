"""A database that refuses one row, as a constraint nobody foresaw would."""

from django.db import connection, models


def refuse(model: type[models.Model], *, where: str) -> None:
    """Let the table of `model` take no row for which `where` is true from now on, in this test."""
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        # Checks put off to the commit would keep the table from being altered.
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
