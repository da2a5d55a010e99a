"""Stored counts of executions. They are filled by the hourly clean-up, not by this migration."""

import datetime
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hotels", "0029_one_person_a_browser"),
        ("jobs", "0027_worker_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="BlockCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_name", models.CharField(max_length=60, verbose_name="job name")),
                ("trigger", models.CharField(max_length=9, verbose_name="started by")),
                ("status", models.CharField(max_length=9, verbose_name="status")),
                ("has_problems", models.BooleanField(verbose_name="with problems")),
                ("number", models.PositiveIntegerField(verbose_name="number of executions")),
                ("block", models.PositiveBigIntegerField(verbose_name="block")),
                ("first_created_at", models.DateTimeField(verbose_name="first created at")),
                ("last_created_at", models.DateTimeField(verbose_name="last created at")),
                ("timed", models.PositiveIntegerField(verbose_name="with a duration")),
                (
                    "took",
                    models.DurationField(default=datetime.timedelta, verbose_name="durations"),
                ),
            ],
            options={
                "verbose_name": "executions of a block",
                "verbose_name_plural": "executions of blocks",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("block", "job_name", "trigger", "status", "has_problems"),
                        name="block_count_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExecutionCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("end", models.PositiveBigIntegerField(default=0)),
                ("left_out", models.JSONField(default=list)),
                ("seen_end", models.PositiveBigIntegerField(default=0)),
                ("seen_transaction", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "counter of executions",
                "verbose_name_plural": "counters of executions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="execution_counter_only_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HotelCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_name", models.CharField(max_length=60, verbose_name="job name")),
                ("trigger", models.CharField(max_length=9, verbose_name="started by")),
                ("status", models.CharField(max_length=9, verbose_name="status")),
                ("has_problems", models.BooleanField(verbose_name="with problems")),
                ("number", models.PositiveIntegerField(verbose_name="number of executions")),
                (
                    "hotel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="hotels.hotel",
                        verbose_name="hotel",
                    ),
                ),
            ],
            options={
                "verbose_name": "executions of a hotel",
                "verbose_name_plural": "executions of hotels",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hotel", "job_name", "trigger", "status", "has_problems"),
                        name="hotel_count_once",
                    )
                ],
            },
        ),
    ]
