"""OutboxMessage comes from the app jobs as Message, with what its delivery needs; events, endpoints.

The table keeps its name and rows. The content type is renamed, so that permissions stay attached.
"""

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


def rename_content_type(*, source, target, old, new):
    def rename(apps, schema_editor):
        content_types = apps.get_model("contenttypes", "ContentType").objects.using(
            schema_editor.connection.alias
        )
        if not content_types.filter(app_label=target, model=new).exists():
            content_types.filter(app_label=source, model=old).update(app_label=target, model=new)

    return rename


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('hotels', '0021_sessions_and_last_use'),
        ('jobs', '0017_messages_move_to_hotels'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Destination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True, verbose_name='key')),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='failures in a row')),
                ('paused_until', models.DateTimeField(blank=True, null=True, verbose_name='paused until')),
                ('last_failure', models.CharField(blank=True, max_length=300, verbose_name='last failure')),
            ],
            options={
                'verbose_name': 'destination',
                'verbose_name_plural': 'destinations',
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID')),
                ('type', models.CharField(max_length=60, verbose_name='type')),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                ('key', models.CharField(max_length=120, verbose_name='key')),
                ('data', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='data')),
                ('about_model', models.CharField(blank=True, max_length=60, verbose_name='model')),
                ('about_id', models.BigIntegerField(blank=True, null=True, verbose_name='object')),
                ('occurred_at', models.DateTimeField(verbose_name='time')),
                ('hotel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='hotels.hotel', verbose_name='hotel')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID')),
                ('url', models.CharField(max_length=2000, verbose_name='URL')),
                ('description', models.CharField(blank=True, max_length=120, verbose_name='description')),
                ('events', models.JSONField(default=list, verbose_name='events')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('disabled_reason', models.CharField(blank=True, max_length=200, verbose_name='disabled because')),
                ('disabled_at', models.DateTimeField(blank=True, null=True, verbose_name='disabled at')),
                ('failing_since', models.DateTimeField(blank=True, null=True, verbose_name='failing since')),
                ('secret', models.TextField(editable=False, verbose_name='secret')),
                ('previous_secret', models.TextField(blank=True, editable=False, verbose_name='previous secret')),
                ('previous_secret_until', models.DateTimeField(blank=True, null=True, verbose_name='previous secret valid until')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('hotel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='webhook_endpoints', to='hotels.hotel', verbose_name='hotel')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'webhook endpoint',
                'verbose_name_plural': 'webhook endpoints',
                'ordering': ['pk'],
            },
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['occurred_at'], name='event_by_age'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('hotel', 'key'), name='event_once'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hotel__isnull', False), ('owner__isnull', True)), models.Q(('hotel__isnull', True), ('owner__isnull', False)), _connector='OR'), name='webhook_endpoint_of_hotel_or_owner'),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Message',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=120, verbose_name='key')),
                        ('topic', models.CharField(max_length=60, verbose_name='topic')),
                        ('audience', models.CharField(max_length=20, verbose_name='for')),
                        ('recipient', models.CharField(blank=True, max_length=254, verbose_name='recipient')),
                        ('subject', models.CharField(max_length=200, verbose_name='subject')),
                        ('body', models.TextField(verbose_name='body')),
                        ('payload', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='technical data')),
                        ('created_at', models.DateTimeField(verbose_name='created at')),
                        ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                        ('execution_id', models.BigIntegerField(blank=True, null=True, verbose_name='stored by (ID)')),
                        ('hotel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='hotels.hotel', verbose_name='hotel')),
                    ],
                    options={
                        'verbose_name': 'message',
                        'verbose_name_plural': 'messages',
                        'db_table': 'jobs_outboxmessage',
                        'ordering': ['-pk'],
                        'indexes': [models.Index(condition=models.Q(('sent_at__isnull', True)), fields=['created_at'], name='outbox_unsent')],
                        'constraints': [models.UniqueConstraint(fields=('hotel', 'key'), name='outbox_message_once')],
                    },
                ),
            ],
        ),
        migrations.RunPython(
            rename_content_type(source="jobs", target="hotels", old="outboxmessage", new="message"),
            rename_content_type(source="hotels", target="jobs", old="message", new="outboxmessage"),
        ),
        migrations.RemoveIndex(model_name='message', name='outbox_unsent'),
        migrations.RenameField(model_name='message', old_name='topic', new_name='template'),
        migrations.RenameField(model_name='message', old_name='execution_id', new_name='cause_id'),
        migrations.AlterField(
            model_name='message',
            name='template',
            field=models.CharField(max_length=60, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='message',
            name='subject',
            field=models.CharField(blank=True, max_length=200, verbose_name='subject'),
        ),
        migrations.AlterField(
            model_name='message',
            name='body',
            field=models.TextField(blank=True, verbose_name='body'),
        ),
        migrations.AlterField(
            model_name='message',
            name='hotel',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='hotels.hotel', verbose_name='hotel'),
        ),
        migrations.AddField(
            model_name='message',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddField(
            model_name='message',
            name='channel',
            field=models.CharField(choices=[('email', 'e-mail'), ('webhook', 'webhook'), ('chat', 'chat or pager')], default='email', max_length=10, verbose_name='channel'),
        ),
        migrations.AddField(
            model_name='message',
            name='recipient_name',
            field=models.CharField(blank=True, max_length=160, verbose_name='name'),
        ),
        migrations.AddField(
            model_name='message',
            name='language',
            field=models.CharField(blank=True, max_length=10, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='message',
            name='html',
            field=models.TextField(blank=True, verbose_name='HTML'),
        ),
        migrations.AddField(
            model_name='message',
            name='attachments',
            field=models.JSONField(blank=True, default=list, verbose_name='attachments'),
        ),
        migrations.AddField(
            model_name='message',
            name='event',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='hotels.event', verbose_name='event'),
        ),
        migrations.AddField(
            model_name='message',
            name='endpoint',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='hotels.webhookendpoint', verbose_name='webhook endpoint'),
        ),
        migrations.AddField(
            model_name='message',
            name='about_model',
            field=models.CharField(blank=True, max_length=60, verbose_name='model'),
        ),
        migrations.AddField(
            model_name='message',
            name='about_id',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='object'),
        ),
        migrations.AddField(
            model_name='message',
            name='cause_model',
            field=models.CharField(blank=True, max_length=60, verbose_name='stored by'),
        ),
        migrations.AddField(
            model_name='message',
            name='destination',
            field=models.CharField(default='email', max_length=60, verbose_name='destination'),
        ),
        migrations.AddField(
            model_name='message',
            name='status',
            field=models.CharField(choices=[('WAITING', 'waiting'), ('SENDING', 'being sent'), ('SENT', 'sent'), ('FAILED', 'failed'), ('CANCELLED', 'cancelled'), ('UNDELIVERABLE', 'cannot be sent')], default='CANCELLED', max_length=13, verbose_name='status'),
        ),
        migrations.AddField(
            model_name='message',
            name='reason',
            field=models.CharField(blank=True, max_length=300, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='message',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='attempts'),
        ),
        migrations.AddField(
            model_name='message',
            name='next_attempt_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='next attempt'),
        ),
        migrations.AddField(
            model_name='message',
            name='lease_until',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='lease until'),
        ),
        migrations.AddField(
            model_name='message',
            name='token',
            field=models.UUIDField(blank=True, editable=False, null=True, verbose_name='token'),
        ),
        migrations.AddField(
            model_name='message',
            name='ended_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='ended at'),
        ),
        migrations.AddField(
            model_name='message',
            name='public_id',
            field=models.UUIDField(editable=False, null=True, verbose_name='public ID'),
        ),
        migrations.CreateModel(
            name='DeliveryAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='attempt')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('duration', models.DurationField(verbose_name='duration')),
                ('outcome', models.CharField(choices=[('SENT', 'sent'), ('RETRY', 'failed, tried again'), ('REFUSED', 'refused for good')], max_length=7, verbose_name='outcome')),
                ('status_code', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='answer')),
                ('detail', models.CharField(blank=True, max_length=300, verbose_name='detail')),
                ('request', models.JSONField(blank=True, default=dict, verbose_name='request')),
                ('response', models.TextField(blank=True, verbose_name='text of the answer')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delivery_attempts', to='hotels.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'delivery attempt',
                'verbose_name_plural': 'delivery attempts',
                'ordering': ['message', 'number'],
            },
        ),
        migrations.AddConstraint(
            model_name='deliveryattempt',
            constraint=models.UniqueConstraint(fields=('message', 'number'), name='delivery_attempt_once'),
        ),
        migrations.AddField(
            model_name='hotel',
            name='messages_kept_days',
            field=models.PositiveSmallIntegerField(default=400, help_text='Messages to guests, staff and programs are deleted after this time.', validators=[django.core.validators.MinValueValidator(31), django.core.validators.MaxValueValidator(3650)], verbose_name='days to keep messages'),
        ),
    ]
