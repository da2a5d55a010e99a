"""Keep first attempts out of the unique index of further ones: nobody looks for them there."""

from django.db import migrations, models

NAME = "execution_attempt_once"
FIELDS = ("first_attempt", "attempt")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0033_exports_of_executions")]

    operations = [
        migrations.RemoveConstraint(model_name="jobexecution", name=NAME),
        migrations.AddConstraint(
            model_name="jobexecution",
            constraint=models.UniqueConstraint(
                fields=FIELDS, condition=models.Q(first_attempt__isnull=False), name=NAME
            ),
        ),
    ]
