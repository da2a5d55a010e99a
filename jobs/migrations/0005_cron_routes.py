"""Tables of the cron routes: whose turn it is, and who was refused."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0004_cache_table'),
    ]

    operations = [
        migrations.CreateModel(
            name='CronDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_name', models.CharField(max_length=60, unique=True)),
                ('token', models.UUIDField()),
                ('held_until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CronRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=50, unique=True)),
                ('count', models.PositiveIntegerField(default=1)),
                ('ends_at', models.DateTimeField(db_index=True)),
            ],
        ),
    ]
