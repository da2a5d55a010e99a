"""What models and fields are called, made ready for translation. It writes nothing."""

from django.db import migrations

from hotels.migrations._naming import NameWhatPeopleSee


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0005_cron_routes"),
        ("hotels", "0003_labels"),
    ]

    operations = [
        NameWhatPeopleSee(
            models={
                "apitoken": ("API token", "API tokens"),
                "crondelivery": ("cron delivery", "cron deliveries"),
                "cronrefusal": ("cron refusal", "cron refusals"),
                "jobexecution": ("job execution", "job executions"),
                "jobrun": ("job run", "job runs"),
                "jobschedule": ("job schedule", "job schedules"),
                "keptanswer": ("kept answer", "kept answers"),
                "outboxmessage": ("outbox message", "outbox messages"),
                "tick": ("tick", "ticks"),
            },
            others={"public_id": "public ID"},
            unnamed={
                "apitoken.created",
                "apitoken.digest",
                "apitoken.expiry",
                "apitoken.token_key",
                "apitoken.user",
                "crondelivery",
                "cronrefusal",
                "keptanswer",
                "tick",
            },
        ),
    ]
