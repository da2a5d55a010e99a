"""Files of executions that workers write: complete, and with the user's own hotels alone."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hotels.models import Hotel
from hotels.roles import access_of
from jobs import exports, queue
from jobs.clean_up import delete_old_rows
from jobs.dispatch import Stop, never
from jobs.exports import ExportFilters, lines, writing
from jobs.models import ExecutionExport, ExecutionExportPart, JobExecution, Status
from tests.factories import MembershipFactory
from tests.jobs.console.books import ended

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def sent() -> Iterator[mock.Mock]:
    """Parts have two executions, and workers get the messages of this mock."""
    with (
        mock.patch.object(lines, "BATCH", 2),
        mock.patch.object(writing, "BATCH", 2),
        mock.patch.object(queue, "send_export") as send,
    ):
        yield send


@pytest.fixture
def owner(hotel: Hotel) -> User:
    """A manager of the hotel, in which five executions have ended."""
    for minute in range(5):
        ended(hotel, NOON.replace(minute=minute))
    return MembershipFactory(hotel=hotel).user


def _ask(user: User, **filters: object) -> ExecutionExport:
    chosen = ExportFilters(**filters)  # type: ignore[arg-type]
    return exports.request_export(filters=chosen, by=user, now=timezone.now())


def _write(export: ExecutionExport, stop: Stop = never) -> ExecutionExport:
    """Write the file as a worker does."""
    exports.write_export(export_id=export.pk, stop=stop)
    export.refresh_from_db()
    return export


def _keys(export: ExecutionExport) -> list[int]:
    text = b"".join(exports.file_of(export)).decode()
    assert len(text) == export.size
    return [int(row["id"]) for row in csv.DictReader(io.StringIO(text))]


def _all_keys() -> list[int]:
    return list(JobExecution.objects.order_by("-pk").values_list("pk", flat=True))


def _may_read(export: ExecutionExport, user: User) -> bool:
    user = User.objects.get(pk=user.pk)
    found = exports.find_export(
        public_id=export.public_id, by=user, access=access_of(user), now=timezone.now()
    )
    return found is not None


def test_the_file_has_all_executions_in_parts(owner: User, sent: mock.Mock) -> None:
    export = _write(_ask(owner))

    assert _keys(export) == _all_keys()
    assert (export.total, export.written, export.parts_written) == (5, 5, 3)
    assert export.finished_at is not None
    sent.assert_called_once_with(export_id=export.pk)


def test_the_oldest_come_first_where_the_list_was_sorted_so(owner: User) -> None:
    assert _keys(_write(_ask(owner, oldest_first=True))) == _all_keys()[::-1]


def test_a_file_without_executions_has_a_heading(owner: User) -> None:
    export = _write(_ask(owner, statuses=("RUNNING",)))

    assert b"".join(exports.file_of(export)).startswith(b"id,job,hotel,")
    assert (_keys(export), export.total) == ([], 0)


def test_an_even_number_of_executions_ends_the_file_too(owner: User) -> None:
    JobExecution.objects.filter(pk=_all_keys()[0]).delete()

    assert _keys(_write(_ask(owner))) == _all_keys()


def test_another_worker_goes_on_where_a_killed_one_stopped(owner: User, sent: mock.Mock) -> None:
    export = _ask(owner)
    with (
        mock.patch.object(ExecutionExportPart.objects, "create", side_effect=SystemExit),
        pytest.raises(SystemExit),
    ):
        _write(export)
    assert _write(export, stop=lambda: True).parts_written == 1

    assert _keys(_write(export)) == _all_keys()


def test_a_worker_that_stops_hands_the_file_on(owner: User, sent: mock.Mock) -> None:
    export = _write(_ask(owner), stop=lambda: True)

    assert (export.written, export.finished_at) == (2, None)
    assert sent.call_count == 2


def test_a_large_file_waits_behind_the_others_after_a_minute(owner: User, sent: mock.Mock) -> None:
    with mock.patch.object(writing, "MOST_SECONDS", 0.0):
        export = _write(_ask(owner))

    assert (export.written, sent.call_count) == (2, 2)


def test_of_two_workers_at_the_same_file_one_ends(owner: User, sent: mock.Mock) -> None:
    """The second one stores a part while the first one reads the same executions."""
    export = _ask(owner)
    read = writing.next_batch

    def while_another_writes(*args: object, **more: object) -> object:
        found = read(*args, **more)  # type: ignore[arg-type]
        with mock.patch.object(writing, "next_batch", read):
            _write(ExecutionExport.objects.get(), stop=lambda: True)
        return found

    with mock.patch.object(writing, "next_batch", while_another_writes):
        exports.write_export(export_id=export.pk, stop=never)
    export.refresh_from_db()

    assert (export.parts_written, export.finished_at) == (1, None)
    assert _keys(_write(export)) == _all_keys()


def test_a_new_export_replaces_the_one_before_also_while_it_is_written(owner: User) -> None:
    first = _ask(owner)
    exports.write_export(export_id=first.pk, stop=lambda: True)
    second = _ask(owner)

    exports.write_export(export_id=first.pk, stop=never)

    assert ExecutionExport.objects.get() == second
    assert not ExecutionExportPart.objects.exists()


def test_what_no_worker_goes_on_with_is_asked_for_again(owner: User, sent: mock.Mock) -> None:
    export = _ask(owner)
    now = timezone.now() + ExecutionExport.LOST_AFTER + timedelta(seconds=1)

    assert exports.ask_again_if_lost(export=export, now=now)
    assert not exports.ask_again_if_lost(export=export, now=now)
    assert sent.call_count == 2


def test_the_file_has_the_hotels_of_the_user_when_it_is_written(owner: User, hotel: Hotel) -> None:
    lost = MembershipFactory(user=owner)
    gained = MembershipFactory()
    other = ended(gained.hotel, NOON)
    ended(lost.hotel, NOON)
    export = _ask(owner)
    lost.delete()
    MembershipFactory(user=owner, hotel=gained.hotel)

    _write(export)

    assert other.pk in _keys(export)
    assert set(export.hotel_ids) == {hotel.pk, gained.hotel.pk}


@pytest.mark.parametrize("change", ["deactivated", "without hotels"])
def test_who_may_see_nothing_any_more_gets_nothing(owner: User, change: str) -> None:
    export = _ask(owner)
    exports.write_export(export_id=export.pk, stop=lambda: True)
    if change == "deactivated":
        User.objects.update(is_active=False)
    else:
        owner.memberships.update(active=False)

    exports.write_export(export_id=export.pk, stop=never)

    assert not ExecutionExport.objects.exists()
    assert not ExecutionExportPart.objects.exists()


def test_a_hotel_that_the_user_loses_meanwhile_closes_the_file(owner: User) -> None:
    """The first part has its executions, the others have none of them."""
    other = MembershipFactory(user=owner)
    newest = [ended(other.hotel, NOON.replace(minute=n)).pk for n in range(3)]
    export = _write(_ask(owner), stop=lambda: True)
    assert _may_read(export, owner)

    other.delete()
    _write(export)

    assert not set(_keys(export)[2:]) & set(newest)
    assert not _may_read(export, owner)


def test_only_the_owner_finds_an_export_and_for_a_day(owner: User, hotel: Hotel) -> None:
    export = _write(_ask(owner))
    colleague = MembershipFactory(hotel=hotel).user

    assert _may_read(export, owner)
    assert not _may_read(export, colleague)
    ExecutionExport.objects.update(created_at=timezone.now() - ExecutionExport.KEPT_FOR)
    assert not _may_read(export, owner)


def test_an_export_is_deleted_after_a_day(owner: User) -> None:
    export = _write(_ask(owner))
    later = export.created_at + ExecutionExport.KEPT_FOR

    assert exports.delete_old_exports(now=later) == 0
    assert delete_old_rows(now=later + timedelta(seconds=1)) >= 1
    assert not ExecutionExport.objects.exists()
    assert not ExecutionExportPart.objects.exists()


def test_a_file_that_would_be_too_long_is_not_written(owner: User) -> None:
    with mock.patch.object(writing, "MOST_ROWS", 4):
        export = _write(_ask(owner))

    assert (export.failure, export.written) == (ExecutionExport.Failure.TOO_LARGE, 0)
    assert export.finished_at is not None


def test_a_file_that_grows_too_large_is_given_up(owner: User) -> None:
    with mock.patch.object(writing, "MOST_BYTES", 10):
        export = _write(_ask(owner))

    assert export.failure == ExecutionExport.Failure.TOO_LARGE
    assert not ExecutionExportPart.objects.exists()


def test_an_unexpected_error_ends_the_export(owner: User, caplog: pytest.LogCaptureFixture) -> None:
    export = _ask(owner)
    ExecutionExport.objects.update(filters={"unknown": 1})

    assert _write(export).failure == ExecutionExport.Failure.ERROR
    assert f"The export {export.pk} failed." in caplog.text


def test_a_part_takes_a_fixed_number_of_queries(owner: User, hotel: Hotel) -> None:
    """Of the user, their access, the executions, how far the file is, and the part."""
    with mock.patch.object(lines, "BATCH", 5), mock.patch.object(writing, "BATCH", 5):
        few = _queries_of_a_part(owner)
    for minute in range(10):
        ended(MembershipFactory(user=owner).hotel, NOON.replace(minute=minute))
    with mock.patch.object(lines, "BATCH", 15), mock.patch.object(writing, "BATCH", 15):
        assert _queries_of_a_part(owner) == few


def _queries_of_a_part(user: User) -> int:
    export = _ask(user)
    with CaptureQueriesContext(connection) as queries:
        exports.write_export(export_id=export.pk, stop=lambda: True)
    assert ExecutionExportPart.objects.filter(export=export).count() == 1
    return len(queries)


def test_filters_are_stored_and_read_back() -> None:
    filters = ExportFilters(
        hotel_ids=(1, 2),
        statuses=(Status.FAILED,),
        triggers=("API",),
        job_name="check-no-shows",
        problems=False,
        since=NOON,
        until=NOON + timedelta(days=1),
        search="lobby",
        oldest_first=True,
    )

    assert ExportFilters.from_stored(filters.stored()) == filters
