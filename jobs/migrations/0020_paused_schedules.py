from typing import Any

from django.db import migrations, models
from django.db.models import F


def name_who_paused(apps: Any, schema_editor: Any) -> None:
    """The last change of a schedule that is paused is taken for its pause: older ones have none."""
    schedules = apps.get_model("jobs", "JobSchedule")
    schedules.objects.filter(enabled=False).update(
        switched_by_name=F("changed_by_name"), switched_at=F("updated_at")
    )


class Migration(migrations.Migration):
    """Store who paused or resumed a schedule, beside who changed it."""

    dependencies = [
        ("jobs", "0019_alerts"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobschedule",
            name="switched_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="paused or resumed at"
            ),
        ),
        migrations.AddField(
            model_name="jobschedule",
            name="switched_by_name",
            field=models.CharField(
                blank=True, editable=False, max_length=150, verbose_name="paused or resumed by"
            ),
        ),
        migrations.RunPython(name_who_paused, migrations.RunPython.noop),
    ]
