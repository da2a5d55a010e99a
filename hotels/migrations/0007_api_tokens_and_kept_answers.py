"""ApiToken and KeptAnswer come from the app jobs, whose migrations made their tables.

Tables, constraints and indexes keep their names and rows; only the content types are renamed, so
that permissions stay attached to them.
"""

import django.core.serializers.json
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

MOVED = ("apitoken", "keptanswer")


def rename_content_types(*, source, target):
    def rename(apps, schema_editor):
        content_types = apps.get_model("contenttypes", "ContentType").objects.using(
            schema_editor.connection.alias
        )
        present = content_types.filter(app_label=target, model__in=MOVED)
        renamed = content_types.filter(app_label=source, model__in=MOVED).exclude(
            model__in=[*present.values_list("model", flat=True)]
        )
        renamed.update(app_label=target)

    return rename


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('hotels', '0006_invoice_lists'),
        ('jobs', '0009_tokens_move_to_hotels'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='ApiToken',
                    fields=[
                        ('digest', models.CharField(max_length=128, primary_key=True, serialize=False)),
                        ('token_key', models.CharField(db_index=True, max_length=25)),
                        ('created', models.DateTimeField(auto_now_add=True)),
                        ('expiry', models.DateTimeField(blank=True, null=True)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID')),
                        ('label', models.CharField(blank=True, help_text='What the token is used for.', max_length=80, verbose_name='label')),
                        ('read_only', models.BooleanField(default=False, verbose_name='read only')),
                        ('limited', models.BooleanField(default=False, verbose_name='limited to hotels')),
                        ('hotels', models.ManyToManyField(blank=True, related_name='+', to='hotels.hotel', verbose_name='hotels')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='auth_token_set', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'API token',
                        'verbose_name_plural': 'API tokens',
                        'db_table': 'jobs_apitoken',
                        'ordering': ['-created'],
                    },
                ),
                migrations.CreateModel(
                    name='KeptAnswer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=255)),
                        ('request_hash', models.CharField(help_text='SHA-256 of the request.', max_length=64)),
                        ('worker', models.BigIntegerField(blank=True, help_text='Lock key of the worker that handles the request.', null=True)),
                        ('status', models.PositiveSmallIntegerField(blank=True, null=True)),
                        ('body', models.JSONField(blank=True, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                        ('created_at', models.DateTimeField()),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'kept answer',
                        'verbose_name_plural': 'kept answers',
                        'db_table': 'jobs_keptanswer',
                        'ordering': ['-pk'],
                        'indexes': [models.Index(fields=['created_at'], name='kept_answer_by_age')],
                        'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='kept_answer_once_per_key')],
                    },
                ),
            ],
        ),
        migrations.RunPython(
            rename_content_types(source="jobs", target="hotels"),
            rename_content_types(source="hotels", target="jobs"),
        ),
    ]
