"""The table of Django's database cache, in which requests are counted.

`createcachetable` would be one more command to forget. The table is Django's: no model stands for it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('jobs', '0003_api_tokens')]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name='CacheEntry',
                    fields=[
                        ('cache_key', models.CharField(max_length=255, primary_key=True, serialize=False)),
                        ('value', models.TextField()),
                        ('expires', models.DateTimeField(db_index=True)),
                    ],
                    options={'db_table': 'jobs_cache'},
                ),
            ],
        ),
    ]
