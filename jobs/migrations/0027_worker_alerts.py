from typing import Any

from django.db import migrations, models


def delete_rules(apps: Any, schema_editor: Any) -> None:
    """Delete the rules about workers: earlier code cannot evaluate them, nor show their alerts."""
    rules = apps.get_model("jobs", "AlertRule").objects.using(schema_editor.connection.alias)
    rules.filter(kind="worker").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0026_keys_of_marked_items'),
    ]

    operations = [
        migrations.AddField(
            model_name='tick',
            name='attended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='alertrule',
            name='kind',
            field=models.CharField(choices=[('failed', 'A job failed'), ('problems', 'A job completed with problems'), ('late', 'A job is late or was missed'), ('slow', 'A job was slow'), ('tick', 'The tick was silent'), ('worker', 'Workers are missing or stuck'), ('outbox', 'Messages wait or failed'), ('overbooked', 'A hotel is overbooked'), ('unassigned', 'Cleaning tasks are unassigned'), ('invoices', 'Invoices are stuck'), ('digest', 'Morning digest')], max_length=12, verbose_name='alert when'),
        ),
        migrations.RunPython(migrations.RunPython.noop, delete_rules),
    ]
