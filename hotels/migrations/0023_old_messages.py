"""Messages from before there was a delivery: each gets an ID, and none is sent after the fact."""

import uuid

from django.db import migrations, models

BATCH = 1000
OLD = "Stored before messages were sent."


def fill(apps, schema_editor):
    messages = apps.get_model("hotels", "Message").objects.using(schema_editor.connection.alias)
    messages.filter(sent_at__isnull=False).update(status="SENT", ended_at=models.F("sent_at"))
    # A guest must not hear today that a room was released months ago.
    messages.filter(sent_at=None).update(reason=OLD, ended_at=models.F("created_at"))
    messages.filter(cause_id__isnull=False).update(cause_model="jobs.jobexecution")
    while rows := list(messages.filter(public_id=None).only("pk")[:BATCH]):
        for row in rows:
            row.public_id = uuid.uuid4()
        messages.bulk_update(rows, ["public_id"])


def drop(apps, schema_editor):
    """Delete messages that the earlier table has no place for; their events stay in the books."""
    alias = schema_editor.connection.alias
    messages = apps.get_model("hotels", "Message").objects.using(alias)
    # Their table goes too. Raw: the models of attempts and messages are of different states here.
    attempts = apps.get_model("hotels", "DeliveryAttempt").objects.using(alias)
    attempts._raw_delete(alias)
    messages.exclude(channel="email")._raw_delete(alias)
    messages.filter(hotel=None)._raw_delete(alias)
    messages.exclude(event=None).update(event=None)


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0022_messages'),
    ]

    operations = [
        migrations.RunPython(fill, drop),
    ]
