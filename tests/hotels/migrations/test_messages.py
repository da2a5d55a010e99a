"""Migrations that move messages from the app jobs to hotels."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.migrating import Migrating

pytestmark = pytest.mark.migration(
    "jobs.0017_messages_move_to_hotels", "hotels.0024_messages_can_be_claimed"
)
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def execution(apps: Any) -> Any:
    hotel = apps.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    run = apps.get_model("jobs", "JobRun").objects.create(
        job_name="check-no-shows", trigger="CRON", created_at=AT
    )
    return apps.get_model("jobs", "JobExecution").objects.create(
        hotel=hotel,
        run=run,
        job_name="check-no-shows",
        trigger="CRON",
        as_of=AT,
        created_at=AT,
        updated_at=AT,
    )


def store(earlier: Any, **columns: Any) -> Any:
    row = execution(earlier)
    return earlier.get_model("jobs", "OutboxMessage").objects.create(
        hotel=row.hotel,
        execution=row,
        created_at=AT,
        **{"key": "k", "topic": "no-show", "audience": "guest", "subject": "S"} | columns,
    )


def test_an_unsent_message_is_kept_and_is_not_sent_after_the_fact(migration: Migrating) -> None:
    row = store(migration.earlier, body="B")

    message = migration.forwards().get_model("hotels", "Message").objects.get()

    assert (message.status, message.reason) == ("CANCELLED", "Stored before messages were sent.")
    assert (message.template, message.body, message.ended_at) == ("no-show", "B", AT)
    assert (message.cause_model, message.cause_id) == ("jobs.jobexecution", row.execution_id)
    assert message.public_id is not None


def test_a_sent_message_stays_sent(migration: Migrating) -> None:
    store(migration.earlier, body="B", sent_at=AT)

    message = migration.forwards().get_model("hotels", "Message").objects.get()

    assert (message.status, message.sent_at) == ("SENT", AT)


def test_messages_go_back_without_those_the_earlier_table_has_no_place_for(
    migration: Migrating,
) -> None:
    row = store(migration.earlier, body="B")
    after = migration.forwards()
    hotel = after.get_model("hotels", "Hotel").objects.get()
    event = after.get_model("hotels", "Event").objects.create(
        hotel=hotel, type="t", key="k", occurred_at=AT
    )
    after.get_model("hotels", "Message").objects.create(
        hotel=hotel, key="w", channel="webhook", event=event, status="SENT", created_at=AT
    )

    earlier = migration.backwards()

    kept = earlier.get_model("jobs", "OutboxMessage").objects.get()
    assert (kept.pk, kept.topic, kept.execution_id) == (row.pk, "no-show", row.execution_id)
