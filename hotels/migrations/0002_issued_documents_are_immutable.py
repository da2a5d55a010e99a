"""Issued documents are never changed or deleted (domain rule 5): the database says so itself.

Of an invoice or credit note only what follows payments may change. Only documents of a sandbox,
which say so in their seller, may be deleted: its books are thrown away and loaded again.

SQLite drops the triggers of a table it rebuilds, and cannot rename a table that another's trigger
reads: a migration that alters one of the three tables runs `remove` before it and `install` after.
"""

from django.db import migrations

INVOICE = "hotels_invoice"
PARTS = ("hotels_invoiceline", "hotels_invoicetax")
MODELS = {INVOICE: "Invoice", "hotels_invoiceline": "InvoiceLine", "hotels_invoicetax": "InvoiceTax"}
MUTABLE = ("balance", "payment_status", "live")
CHANGED = "an issued document is not changed: correct it with a credit note"
DELETED = "an issued document is not deleted: correct it with a credit note"

POSTGRES_FUNCTION = f"""
CREATE FUNCTION hotels_keep_issued() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mutable text[] := COALESCE(TG_ARGV::text[], '{{}}');
    sandbox boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - mutable IS DISTINCT FROM to_jsonb(OLD) - mutable THEN
            RAISE EXCEPTION '{CHANGED}' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_TABLE_NAME = '{INVOICE}' THEN
        sandbox := OLD.seller -> 'sandbox' = 'true'::jsonb;
    ELSE
        SELECT seller -> 'sandbox' = 'true'::jsonb INTO sandbox
        FROM {INVOICE} WHERE id = OLD.invoice_id;
    END IF;
    IF sandbox IS NOT TRUE THEN
        RAISE EXCEPTION '{DELETED}' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        statements = list(_postgresql())
    else:
        statements = list(_sqlite(apps))
    for statement in statements:
        # Without parameters: a percent sign in a statement is none of a placeholder.
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in (INVOICE, *PARTS):
        on = f" ON {table}" if postgresql else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_unchanged{on}")
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_undeleted{on}")
    if postgresql:
        schema_editor.execute("DROP FUNCTION IF EXISTS hotels_keep_issued()")


def _postgresql():
    yield POSTGRES_FUNCTION
    for table in (INVOICE, *PARTS):
        mutable = ", ".join(f"'{name}'" for name in MUTABLE) if table == INVOICE else ""
        yield (
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION hotels_keep_issued({mutable})"
        )
        yield (
            f"CREATE TRIGGER {table}_undeleted BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION hotels_keep_issued()"
        )


def _sqlite(apps):
    for table, name in MODELS.items():
        fields = apps.get_model("hotels", name)._meta.local_concrete_fields
        frozen = ", ".join(f.column for f in fields if table != INVOICE or f.name not in MUTABLE)
        seller = (
            "OLD.seller"
            if table == INVOICE
            else f"(SELECT seller FROM {INVOICE} WHERE id = OLD.invoice_id)"
        )
        yield (
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {frozen} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END"
        )
        yield (
            f"CREATE TRIGGER {table}_undeleted BEFORE DELETE ON {table} "
            f"WHEN json_extract({seller}, '$.sandbox') IS NOT 1 "
            f"BEGIN SELECT RAISE(ABORT, '{DELETED}'); END"
        )


class Migration(migrations.Migration):
    dependencies = [("hotels", "0001_books")]
    operations = [migrations.RunPython(install, remove)]
