"""Refused cron calls are counted in the table of all failed attempts."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0012_problems'),
    ]

    operations = [
        migrations.DeleteModel(
            name='CronRefusal',
        ),
    ]
