"""A room has one open cleaning task on a date; of two, the one that covers the other is kept."""

from collections import defaultdict

from django.db import migrations, models

OPEN = ("PENDING", "ASSIGNED", "IN_PROGRESS")
REASON = "another task of the room was open on the same date"


def _rank(task):
    """A departure clean covers a stay-over clean; then what staff started, gave or added counts."""
    return (
        task.kind != "DEPARTURE",
        task.status != "IN_PROGRESS",
        not task.assigned_by_person,
        task.source != "MANUAL",
        task.assignee_id is None,
        task.pk,
    )


def close_second_open_tasks(apps, schema_editor):
    tasks = apps.get_model("hotels", "HousekeepingTask").objects.using(
        schema_editor.connection.alias
    )
    doubled = (
        tasks.filter(status__in=OPEN)
        .values("room", "date")
        .annotate(count=models.Count("pk"))
        .filter(count__gt=1)
        .order_by()
    )
    rooms = {row["room"] for row in doubled}
    found = defaultdict(list)
    for task in tasks.filter(status__in=OPEN, room__in=rooms):
        found[task.room_id, task.date].append(task)
    closed = [task.pk for same in found.values() for task in sorted(same, key=_rank)[1:]]
    tasks.filter(pk__in=closed).update(
        status="CANCELLED", closed_by_round="CANCELLED", reason=REASON
    )


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0007_api_tokens_and_kept_answers'),
    ]

    operations = [
        migrations.RunPython(close_second_open_tasks, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='housekeepingtask',
            constraint=models.UniqueConstraint(
                condition=models.Q(('status__in', ['PENDING', 'ASSIGNED', 'IN_PROGRESS'])),
                fields=('room', 'date'),
                name='one_open_task_per_room_and_date',
            ),
        ),
    ]
