"""A worker and the shard of a message."""

from collections.abc import Iterator
from unittest import mock

import pytest

from hotels.models import Hotel, HotelGroup
from jobs import dispatch, queue
from jobs.models import JobExecution, Status
from jobs.worker.process import ShardMessage, Worker
from tests.jobs.engine import only_job, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent() -> Iterator[mock.Mock]:
    """What is sent to the workers, of whom one is alive."""
    with (
        only_job(),
        mock.patch.object(queue, "is_attended", return_value=True),
        mock.patch.object(queue, "send_shards") as send,
    ):
        yield send


def worked(message: ShardMessage) -> None:
    with dispatch.hold_runs() as lock:
        Worker(lock=lock, concurrency=1).work_shard(message)


def message_of(row: JobExecution, *, group: HotelGroup | None) -> ShardMessage:
    return ShardMessage(
        stored=mock.Mock(id=1),
        job_name=row.job_name,
        execution_ids=[row.pk],
        group_id=group and group.pk,
    )


def test_a_hotel_that_moved_to_another_group_waits_for_the_turn_and_the_limit_of_that_group(
    hotel: Hotel, sent: mock.Mock
) -> None:
    limited = HotelGroup.objects.create(name="Harbour Hotels", hotels_at_once=1)
    row = waiting(hotel)
    message = message_of(row, group=None)
    Hotel.objects.update(group=limited)

    worked(message)

    (shard,) = sent.call_args.args[0]
    assert (shard.group_id, shard.execution_ids) == (limited.pk, (row.pk,))
    assert JobExecution.objects.get().status == Status.PENDING


def test_a_message_whose_hotels_are_still_in_its_group_is_worked(
    hotel: Hotel, sent: mock.Mock
) -> None:
    group = HotelGroup.objects.create(name="Harbour Hotels")
    Hotel.objects.update(group=group)
    hotel.refresh_from_db()

    worked(message_of(waiting(hotel), group=group))

    assert not sent.called
    assert JobExecution.objects.get().status == Status.COMPLETED
