from django.db import migrations, models


def count_stored_problems(apps, schema_editor):
    """Count the problems of stored results. Django has no function for the length of a JSON list."""
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(
            "UPDATE jobs_jobexecution SET problems = jsonb_array_length(result -> 'problems')"
            " WHERE jsonb_typeof(result -> 'problems') = 'array' AND result -> 'problems' <> '[]'"
        )
    else:
        schema_editor.execute(
            "UPDATE jobs_jobexecution SET problems = json_array_length(result, '$.problems')"
            " WHERE json_array_length(result, '$.problems') > 0"
        )


class Migration(migrations.Migration):
    """Count the problems of an execution: completed with problems is not a success."""

    dependencies = [
        ('jobs', '0011_default_schedule_starts'),
    ]

    operations = [
        migrations.AddField(
            model_name='jobexecution',
            name='problems',
            field=models.PositiveIntegerField(default=0, help_text='Number of objects that could not be processed.', verbose_name='problems'),
        ),
        migrations.AddIndex(
            model_name='jobexecution',
            index=models.Index(condition=models.Q(('problems__gt', 0)), fields=['-id'], name='execution_problems_newest'),
        ),
        migrations.RunPython(count_stored_problems, migrations.RunPython.noop),
    ]
