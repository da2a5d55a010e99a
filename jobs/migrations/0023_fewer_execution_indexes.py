"""Drop two indexes of executions that others begin with: each execution writes all of them thrice.

`AlterField` would drop and check the foreign keys as well, with the table locked.
"""

import django.db.models.deletion
from django.db import migrations, models

INDEXES = {
    "hotel_id": "jobs_jobexecution_hotel_id_342a3bbf",
    "first_attempt_id": "jobs_jobexecution_first_attempt_id_2be0bcd3",
}


class Migration(migrations.Migration):
    dependencies = [("jobs", "0022_worker_processes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f'DROP INDEX "{name}"',
                    f'CREATE INDEX "{name}" ON "jobs_jobexecution" ("{column}")',
                )
                for column, name in INDEXES.items()
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="jobexecution",
                    name="first_attempt",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="further_attempts",
                        to="jobs.jobexecution",
                        verbose_name="first attempt",
                    ),
                ),
                migrations.AlterField(
                    model_name="jobexecution",
                    name="hotel",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="job_executions",
                        to="hotels.hotel",
                        verbose_name="hotel",
                    ),
                ),
            ],
        )
    ]
