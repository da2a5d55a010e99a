"""Indexes of skipped executions and of those that no schedule started: lists read the rest else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0028_counts_of_executions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="jobexecution",
            index=models.Index(
                condition=models.Q(("status", "SKIPPED")),
                fields=["-id"],
                name="execution_skipped_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="jobexecution",
            index=models.Index(
                condition=models.Q(
                    ("trigger__in", ["ADMIN", "API", "COMMAND", "CATCH_UP", "RETRY"])
                ),
                fields=["trigger", "-id"],
                name="execution_unscheduled_newest",
            ),
        ),
    ]
