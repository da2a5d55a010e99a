import django.db.models.deletion
from django.db import migrations, models


def copy_from_audit_trail(apps, schema_editor):
    """Until now only the audit trail knew when a hotel's own schedule was deleted."""
    entries = apps.get_model('hotels', 'AuditEntry').objects.filter(
        model='jobs.jobschedule', verb='delete', hotel__isnull=False
    )
    newest = {}
    for hotel_id, before, at in entries.order_by('at', 'pk').values_list('hotel_id', 'before', 'at'):
        if job_name := (before or {}).get('job_name'):
            newest[hotel_id, job_name] = at
    start = apps.get_model('jobs', 'DefaultScheduleStart')
    start.objects.bulk_create(
        start(hotel_id=hotel_id, job_name=job_name, counts_from=at)
        for (hotel_id, job_name), at in newest.items()
    )


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0007_api_tokens_and_kept_answers'),
        ('jobs', '0010_run_by_worker'),
    ]

    operations = [
        migrations.CreateModel(
            name='DefaultScheduleStart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_name', models.CharField(max_length=60, verbose_name='job')),
                ('counts_from', models.DateTimeField(verbose_name='counts from')),
                ('hotel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='hotels.hotel', verbose_name='hotel')),
            ],
            options={
                'verbose_name': 'start of a default schedule',
                'verbose_name_plural': 'starts of default schedules',
                'ordering': ['hotel', 'job_name'],
                'constraints': [models.UniqueConstraint(fields=('hotel', 'job_name'), name='default_schedule_start_once')],
            },
        ),
        migrations.RunPython(copy_from_audit_trail, migrations.RunPython.noop),
    ]
