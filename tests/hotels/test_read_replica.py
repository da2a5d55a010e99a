"""Lists are read from a replica only if it has all that was stored before."""

from collections.abc import Iterator
from types import SimpleNamespace
from unittest import mock

import pytest
from django.conf import settings
from django.db import OperationalError, router

from hotels import read_replica
from hotels.models import Hotel

pytestmark = pytest.mark.once


class Server:
    """A server that answers each statement with `value`, or raises it."""

    def __init__(self, value: object) -> None:
        self.value = value
        self.asked = 0
        self.in_atomic_block = False

    def cursor(self) -> "Server":
        return self

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_error: object) -> None:
        return

    def execute(self, *_statement: object) -> None:
        self.asked += 1
        if isinstance(self.value, Exception):
            raise self.value

    def fetchone(self) -> tuple[object]:
        return (self.value,)

    def close(self) -> None:
        return


@pytest.fixture
def servers() -> Iterator[SimpleNamespace]:
    """A primary, and a replica that has everything."""
    primary, replica = Server("0/3000060"), Server(True)
    known = {"default": settings.DATABASES["default"], read_replica.ALIAS: {}}
    with (
        mock.patch.object(settings, "DATABASES", known),
        mock.patch.multiple(
            read_replica,
            connection=primary,
            connections={read_replica.ALIAS: replica},
            PATIENCE=0.0,
            _rests_until=0.0,
        ),
    ):
        yield SimpleNamespace(primary=primary, replica=replica)


def alias() -> str:
    return read_replica.read(lambda: router.db_for_read(Hotel))


def test_a_list_is_read_from_a_replica_that_has_everything(servers: SimpleNamespace) -> None:
    assert alias() == read_replica.ALIAS


def test_without_a_replica_the_primary_is_read_and_nothing_is_asked() -> None:
    assert alias() == "default"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (False, "is late"),
        (None, "is no standby"),
        (OperationalError("no route to host"), "cannot be asked: no route to host"),
    ],
)
def test_a_replica_that_is_late_or_away_is_left_alone_for_some_seconds(
    servers: SimpleNamespace, caplog: pytest.LogCaptureFixture, answer: object, reason: str
) -> None:
    """A server that follows none, such as the primary itself, answers with NULL."""
    servers.replica.value = answer

    assert alias() == "default"
    assert f"The read replica {reason}; the primary answers." in caplog.text
    asked = servers.replica.asked
    servers.replica.value = True
    assert alias() == "default"
    assert servers.replica.asked == asked


def test_a_list_that_the_replica_ends_is_read_from_the_primary(servers: SimpleNamespace) -> None:
    def reading() -> str:
        if (using := router.db_for_read(Hotel)) == read_replica.ALIAS:
            raise OperationalError("canceling statement due to conflict with recovery")
        return using

    assert read_replica.read(reading) == "default"


def test_in_a_transaction_the_primary_is_read(servers: SimpleNamespace) -> None:
    """It may have written what the replica cannot have yet."""
    servers.primary.in_atomic_block = True

    assert alias() == "default"
    assert servers.replica.asked == 0


def test_what_the_replica_returned_is_changed_on_the_primary(servers: SimpleNamespace) -> None:
    hotel = Hotel()

    def reading() -> str:
        hotel._state.db = read_replica.ALIAS
        return router.db_for_write(Hotel, instance=hotel)

    assert read_replica.read(reading) == "default"
    assert router.db_for_read(Hotel, instance=hotel) == "default"
