"""Refused cron calls are counted in the table of all failed attempts."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0014_default_schedules'),
    ]

    operations = [
        migrations.DeleteModel(
            name='CronRefusal',
        ),
    ]
