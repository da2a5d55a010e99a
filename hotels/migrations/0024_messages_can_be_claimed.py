"""Every message has an ID and a state that the delivery can rely on."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0023_old_messages'),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID'),
        ),
        migrations.AlterField(
            model_name='message',
            name='status',
            field=models.CharField(choices=[('WAITING', 'waiting'), ('SENDING', 'being sent'), ('SENT', 'sent'), ('FAILED', 'failed'), ('CANCELLED', 'cancelled'), ('UNDELIVERABLE', 'cannot be sent')], default='WAITING', max_length=13, verbose_name='status'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status', 'WAITING')), fields=['destination', 'next_attempt_at'], name='outbox_waiting'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status', 'SENDING')), fields=['destination'], name='outbox_sending'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status', 'FAILED')), fields=['ended_at'], name='outbox_failed'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['about_model', 'about_id'], name='outbox_about'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['cause_model', 'cause_id'], name='outbox_cause'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('hotel__isnull', True)), fields=('owner', 'key'), name='outbox_message_of_owner_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_attempt_at__isnull', False), ('status', 'WAITING')), models.Q(('status', 'WAITING'), _negated=True), _connector='OR'), name='outbox_waiting_has_next_attempt'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status', 'SENDING'), ('token__isnull', False)), models.Q(('status', 'SENDING'), _negated=True), _connector='OR'), name='outbox_sending_has_lease'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['ended_at'], name='outbox_ended'),
        ),
    ]
