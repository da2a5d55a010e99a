"""Seals of audit entries and documents, and triggers against what deletes past the row triggers.

PostgreSQL's TRUNCATE and SQLite's INSERT OR REPLACE delete rows without the triggers of a deletion.
A migration that alters one of the tables on SQLite, which then loses its triggers, runs `remove`
before it and `install` after, as for the triggers of migrations 0002 and 0005.
"""

from django.db import migrations, models

SEAL = "hotels_seal"
HEAD = "hotels_chainhead"
# The unique columns of each table: a new row with values that exist would replace the old one.
UNIQUE = {
    "hotels_auditentry": (("id",),),
    "hotels_invoice": (
        ("id",),
        ("hotel_id", "kind", "year", "sequence"),
        ("hotel_id", "number"),
    ),
    "hotels_invoiceline": (("id",), ("invoice_id", "position")),
    "hotels_invoicetax": (("id",), ("invoice_id", "rate")),
    SEAL: (("id",), ("chain", "number"), ("chain", "row_id")),
    HEAD: (("chain",),),
}
REFUSED = "audit entries, issued documents and their seals are not deleted or replaced"
SEALED = "a seal is neither changed nor deleted"
KEPT = "the head of a chain of seals is not deleted or set back"

POSTGRES_FUNCTION = """
CREATE FUNCTION hotels_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$
"""


def install(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in _postgresql() if postgresql else _sqlite():
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    names = [(table, "untruncated" if postgresql else "unreplaced") for table in UNIQUE]
    names += [(SEAL, "unchanged"), (SEAL, "undeleted"), (HEAD, "undeleted"), (HEAD, "forward")]
    for table, name in names:
        on = f" ON {table}" if postgresql else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{on}")
    if postgresql:
        schema_editor.execute("DROP FUNCTION IF EXISTS hotels_refuse()")


def _postgresql():
    yield POSTGRES_FUNCTION
    for table in UNIQUE:
        yield (
            f"CREATE TRIGGER {table}_untruncated BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION hotels_refuse('{REFUSED}')"
        )
    for table, name, event, text in _rules():
        yield (
            f"CREATE TRIGGER {table}_{name} BEFORE {event} "
            f"EXECUTE FUNCTION hotels_refuse('{text}')"
        )


def _sqlite():
    for table, keys in UNIQUE.items():
        exists = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE "
            + " AND ".join(f"{column} = NEW.{column}" for column in key)
            + ")"
            for key in keys
        )
        yield (
            f"CREATE TRIGGER {table}_unreplaced BEFORE INSERT ON {table} WHEN {exists} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )
    for table, name, event, text in _rules():
        yield (
            f"CREATE TRIGGER {table}_{name} BEFORE {event} "
            f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
        )


def _rules():
    """Table, name, event with its condition, and message of the row triggers of the seals."""
    yield SEAL, "unchanged", f"UPDATE ON {SEAL} FOR EACH ROW", SEALED
    yield SEAL, "undeleted", f"DELETE ON {SEAL} FOR EACH ROW", SEALED
    yield HEAD, "undeleted", f"DELETE ON {HEAD} FOR EACH ROW", KEPT
    yield HEAD, "forward", f"UPDATE ON {HEAD} FOR EACH ROW WHEN (NEW.number < OLD.number)", KEPT


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0018_attempt_counters'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChainHead',
            fields=[
                ('chain', models.CharField(choices=[('AUDIT', 'audit trail'), ('DOCUMENTS', 'issued documents')], max_length=9, primary_key=True, serialize=False)),
                ('number', models.PositiveBigIntegerField(default=0)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('anchored_number', models.PositiveBigIntegerField(default=0)),
                ('anchored_date', models.DateField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'head of a chain of seals',
                'verbose_name_plural': 'heads of chains of seals',
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain', models.CharField(choices=[('AUDIT', 'audit trail'), ('DOCUMENTS', 'issued documents')], max_length=9)),
                ('number', models.PositiveBigIntegerField()),
                ('row_id', models.BigIntegerField()),
                ('version', models.PositiveSmallIntegerField()),
                ('references', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
                'constraints': [models.UniqueConstraint(fields=('chain', 'number'), name='seal_number_once'), models.UniqueConstraint(fields=('chain', 'row_id'), name='seal_row_once')],
            },
        ),
        migrations.RunPython(install, remove),
    ]
