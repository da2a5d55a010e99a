"""A worker may hold executions for a moment before it begins them: RUNNING without a start."""

from django.db import migrations, models

HELD = models.Q(token__isnull=False, lease_expires_at__isnull=False)
NAME = "execution_running_holds_lease"
# Before this migration every running execution had a start.
BEGIN_HELD = """
    UPDATE jobs_jobexecution SET started_at = updated_at
    WHERE status = 'RUNNING' AND started_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0031_preview_requests")]

    operations = [
        migrations.RemoveConstraint(model_name="jobexecution", name=NAME),
        migrations.AddConstraint(
            model_name="jobexecution",
            constraint=models.CheckConstraint(
                condition=~models.Q(status="RUNNING") | HELD, name=NAME
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BEGIN_HELD),
    ]
