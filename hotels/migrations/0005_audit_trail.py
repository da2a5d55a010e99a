"""The audit trail, which is only ever added to: the database says so itself.

Nothing of an entry changes but that its user or its hotel is taken off, when those are deleted.
A migration that alters the table on SQLite, which then loses its triggers, runs `remove` before it
and `install` after.
"""

import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "hotels_auditentry"
TAKEN_OFF = ("user_id", "hotel_id")
REFUSED = "an entry of the audit trail is neither changed nor deleted"

POSTGRES_FUNCTION = f"""
CREATE FUNCTION hotels_keep_audited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND to_jsonb(NEW) - '{{{", ".join(TAKEN_OFF)}}}'::text[]
            = to_jsonb(OLD) - '{{{", ".join(TAKEN_OFF)}}}'::text[]
        AND (NEW.user_id IS NULL OR NEW.user_id IS NOT DISTINCT FROM OLD.user_id)
        AND (NEW.hotel_id IS NULL OR NEW.hotel_id IS NOT DISTINCT FROM OLD.hotel_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation';
END $$
"""


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        statements = [
            POSTGRES_FUNCTION,
            f"CREATE TRIGGER {TABLE}_kept BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION hotels_keep_audited()",
        ]
    else:
        statements = list(_sqlite(apps))
    for statement in statements:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_kept ON {TABLE}")
        schema_editor.execute("DROP FUNCTION IF EXISTS hotels_keep_audited()")
        return
    for name in ("unchanged", *TAKEN_OFF, "undeleted"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")


def _sqlite(apps):
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    fields = apps.get_model("hotels", "AuditEntry")._meta.local_concrete_fields
    frozen = ", ".join(f.column for f in fields if f.column not in TAKEN_OFF)
    yield f"CREATE TRIGGER {TABLE}_unchanged BEFORE UPDATE OF {frozen} ON {TABLE} {refuse}"
    for column in TAKEN_OFF:
        yield (
            f"CREATE TRIGGER {TABLE}_{column} BEFORE UPDATE OF {column} ON {TABLE} "
            f"WHEN NEW.{column} IS NOT NULL AND NEW.{column} IS NOT OLD.{column} {refuse}"
        )
    yield f"CREATE TRIGGER {TABLE}_undeleted BEFORE DELETE ON {TABLE} {refuse}"


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0004_console_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('username', models.CharField(blank=True, max_length=150, verbose_name='who')),
                ('hotel_name', models.CharField(blank=True, max_length=200, verbose_name='hotel')),
                ('via', models.CharField(choices=[('ADMIN', 'console'), ('API', 'API'), ('COMMAND', 'command')], max_length=7, verbose_name='way')),
                ('verb', models.CharField(max_length=20, verbose_name='act')),
                ('model', models.CharField(max_length=100, verbose_name='kind')),
                ('object_id', models.CharField(max_length=40, verbose_name='number')),
                ('object_label', models.CharField(max_length=200, verbose_name='object')),
                ('before', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='before')),
                ('after', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='after')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('hotel', models.ForeignKey(blank=True, db_index=False, help_text='Empty for acts on no hotel: only superusers see those.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='hotels.hotel', verbose_name='hotel')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit entries',
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['hotel', '-at', '-id'], name='audit_by_hotel'), models.Index(fields=['-at', '-id'], name='audit_by_time'), models.Index(fields=['model', 'object_id'], name='audit_by_object')],
                'constraints': [models.CheckConstraint(condition=models.Q(('via__in', ['ADMIN', 'API', 'COMMAND'])), name='audit_via_known')],
            },
        ),
        migrations.RunPython(install, remove),
    ]
