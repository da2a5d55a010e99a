from django.db import migrations, models


class Migration(migrations.Migration):
    """Find the runs of a worker by an index: each tick frees those of its own."""

    dependencies = [
        ('jobs', '0009_tokens_move_to_hotels'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='jobrun',
            index=models.Index(condition=models.Q(('worker__isnull', False)), fields=['worker'], name='run_by_worker'),
        ),
    ]
