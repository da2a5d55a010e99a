from django.db import migrations, models


def name_an_older_reason(apps, schema_editor):
    """Earlier versions of the code don't know the reason `inactive`."""
    executions = apps.get_model('jobs', 'JobExecution').objects.filter(status='SKIPPED')
    executions.filter(skip_reason='inactive').update(skip_reason='disabled')


class Migration(migrations.Migration):
    """Record default schedules as the ticks find them, and slots of hotels that are not active."""

    dependencies = [
        ('jobs', '0013_bounded_opening'),
    ]

    operations = [
        migrations.CreateModel(
            name='DefaultSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_name', models.CharField(max_length=60, unique=True, verbose_name='job')),
                ('expression', models.CharField(max_length=200, verbose_name='schedule')),
                ('counts_from', models.DateTimeField(blank=True, null=True, verbose_name='counts from')),
            ],
            options={
                'verbose_name': 'default schedule',
                'verbose_name_plural': 'default schedules',
                'ordering': ['job_name'],
            },
        ),
        migrations.AlterField(
            model_name='jobexecution',
            name='skip_reason',
            field=models.CharField(blank=True, choices=[('overlapped', 'Previous run still in progress'), ('disabled', 'Switched off for this hotel'), ('inactive', 'Hotel not active'), ('missed', 'Missed'), ('cancelled', 'Cancelled')], max_length=10, verbose_name='skip reason'),
        ),
        migrations.RunPython(migrations.RunPython.noop, name_an_older_reason),
    ]
