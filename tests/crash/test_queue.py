"""The queue and its workers as processes. PostgreSQL only: the queue is in it."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import pgbouncer
from tests.crash.databases import Databases, python

pytestmark = [pytest.mark.postgres, pytest.mark.network]
HOTELS = 10

Scenario = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A database with the tables of the queue and hotels whose job is due, to be copied."""
    made = Databases(tmp_path_factory.mktemp("queue"))
    python("tests.crash.queued", made.url("books"), "build", str(HOTELS))
    yield made
    made.drop()


@pytest.fixture
def play(books: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Play a scenario of `tests.crash.queued` on a copy of the books."""
    monkeypatch.setenv("HELD", str(tmp_path / "held"))

    def played(name: str, url: str | None = None) -> dict[str, Any]:
        url = url or books.copy(f"{name}_{os.getpid()}")
        seen: dict[str, Any] = json.loads(python("tests.crash.queued", url, name))[name]
        return seen

    return played


@pytest.fixture(scope="module")
def seen(books: Databases) -> dict[str, Any]:
    """What scenarios saw that are played one after the other, as they leave nothing behind."""
    names = ("deliver", "lose_supervisor", "cut_connections")
    url = books.copy(f"several_{os.getpid()}")
    found: dict[str, Any] = json.loads(python("tests.crash.queued", url, *names))
    return found


def test_what_lost_its_message_is_handed_out_again(play: Scenario) -> None:
    """All messages vanish while a worker is in the middle of a shard."""
    seen = play("lose_messages")

    assert seen["due"] == seen["handed_out"] == HOTELS
    assert seen["status"] == {"COMPLETED": HOTELS}
    assert seen["most_greeted"] == 1


def test_what_a_killed_worker_held_is_done_once_by_the_next(play: Scenario) -> None:
    seen = play("kill_worker")

    assert seen["status"] == {"COMPLETED": HOTELS, "FAILED": 2}
    assert seen["kinds"] == {"interrupted": 2}
    assert seen["completed_twice"] == 0
    assert seen["messages"] == 0
    assert (seen["greeted"], seen["most_greeted"]) == (HOTELS, 1)


def test_a_stopped_worker_finishes_its_hotels_and_leaves_the_others(play: Scenario) -> None:
    seen = play("drain")

    assert seen["code"] == 0
    assert seen["status"] == {"COMPLETED": 2, "PENDING": HOTELS - 2}
    assert seen["workers"] == 0


def test_workers_stop_when_their_supervisor_has_died(seen: dict[str, Any]) -> None:
    assert seen["lose_supervisor"] == {"workers": 0}


def test_a_worker_goes_on_after_the_server_ended_its_connections(seen: dict[str, Any]) -> None:
    cut = seen["cut_connections"]

    assert cut["same"]
    assert cut["handed_out"] == HOTELS
    assert cut["status"] == {"COMPLETED": HOTELS}


def test_deliveries_go_on_during_a_shard_although_their_session_was_cut(play: Scenario) -> None:
    seen = play("cut_deliveries")

    assert seen["running"] == 2
    assert seen["status"] == {"COMPLETED": HOTELS}


def test_a_message_that_its_worker_could_not_delete_does_not_use_up_a_limit(
    play: Scenario,
) -> None:
    """The worker that left it lives on, and the job may run in one hotel at once."""
    seen = play("leave_message")

    assert seen["status"] == {"COMPLETED": HOTELS}
    assert (seen["messages"], seen["most_greeted"]) == (0, 1)


def test_a_worker_goes_on_when_its_message_was_deleted_before_it_did(play: Scenario) -> None:
    seen = play("delete_finishing")

    assert seen["same"]
    assert seen["status"] == {"COMPLETED": HOTELS}


def test_a_worker_in_which_a_hotel_hangs_ends_and_the_others_are_worked(play: Scenario) -> None:
    seen = play("hang")

    assert not seen["hangs"]
    assert seen["status"] == {"COMPLETED": HOTELS, "FAILED": 1}
    assert seen["kinds"] == {"interrupted": 1}
    assert seen["most_greeted"] == 1


def test_the_tick_works_what_a_worker_cannot_read(play: Scenario) -> None:
    """The worker reports all the time that it is alive."""
    seen = play("cannot_read")

    assert (seen["alive"], seen["worked"]) == (1, HOTELS)
    assert seen["status"] == {"COMPLETED": HOTELS}


def test_requests_are_worked_by_the_workers_not_by_the_process_that_was_asked(
    play: Scenario,
) -> None:
    seen = play("request")

    assert (seen["ran"], seen["retried"], seen["of_two"]) == ("FAILED", "COMPLETED", 2)
    assert seen["handed_out"]
    assert seen["here"] == 0
    assert seen["lists"] == 0  # the library's lists of messages, which know no roles
    assert seen["late"] in ("PENDING", "RUNNING")
    assert seen["status"] == {"COMPLETED": 5, "FAILED": 1}


def test_without_workers_the_tick_does_the_work_itself(play: Scenario) -> None:
    seen = play("without_workers")

    assert (seen["worked"], seen["handed_out"]) == (HOTELS, 0)
    assert seen["status"] == {"COMPLETED": HOTELS}


def test_past_slots_and_calls_of_cron_are_worked_by_the_workers(play: Scenario) -> None:
    seen = play("catch_up")

    assert (seen["caught_up"], seen["delivered"]) == (HOTELS // 2, HOTELS)
    assert seen["here"] == 0
    assert seen["status"] == {"COMPLETED": HOTELS}


def test_the_outbox_is_sent_by_the_workers(seen: dict[str, Any]) -> None:
    assert seen["deliver"]["asked"] == 1


def test_a_limit_of_a_job_holds_on_all_processes(play: Scenario) -> None:
    """A second worker finds nothing that it may work. The first has a message about two hotels."""
    seen = play("limit")

    assert (seen["running"], seen["waiting"], seen["held_back"]) == (1, 0, HOTELS - 2)
    assert seen["status"] == {"COMPLETED": HOTELS}
    assert (seen["held"], seen["messages"]) == (0, 0)


def test_a_limit_of_a_group_holds_back_its_hotels_alone(play: Scenario) -> None:
    seen = play("limit_of_group")

    assert (seen["running"], seen["others"]) == (1, 1)
    assert seen["status"] == {"COMPLETED": HOTELS}


def test_what_a_limit_allows_is_free_again_after_its_worker_and_messages_are_lost(
    play: Scenario,
) -> None:
    seen = play("lose_limited")

    assert seen["status"] == {"COMPLETED": HOTELS, "FAILED": 1}
    assert (seen["messages"], seen["most_greeted"]) == (0, 1)


def test_the_requests_of_a_small_group_do_not_wait_for_all_of_a_chain(play: Scenario) -> None:
    """Each hotel is a request of its own; the first one may have begun before the others came."""
    seen = play("take_turns")

    assert seen["status"] == {"COMPLETED": HOTELS}
    assert seen["in_order"][:5].count("Small") == 2


def test_a_request_that_lost_its_message_skips_hotels_that_were_worked_since(
    play: Scenario,
) -> None:
    seen = play("repeat_request")

    assert seen["of_request"] == [["SKIPPED", "overlapped"], ["COMPLETED", ""]]


def test_previews_in_many_hotels_are_made_by_a_worker_and_change_nothing(play: Scenario) -> None:
    seen = play("make_previews")

    assert seen["made"] == ["1 greeted"] * HOTELS
    assert seen["status"] == {"COMPLETED": HOTELS}
    assert seen["most_greeted"] == 1


def test_an_export_whose_worker_is_killed_is_completed_by_another(play: Scenario) -> None:
    """It goes on after the part that was stored, and has each execution once."""
    seen = play("write_export")

    assert (seen["asked"], seen["parts"]) == (True, 4)
    assert seen["keys"] == seen["in_order"][::-1]
    assert len(set(seen["keys"])) == len(seen["keys"]) == HOTELS


@pytest.mark.skipif(pgbouncer.program() is None, reason="Debian's package pgbouncer is missing")
def test_all_of_it_works_behind_a_transaction_pooler(
    play: Scenario, books: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions change with each transaction, so that leases stand in for worker locks."""
    monkeypatch.setenv("TRANSACTION_POOLING", "true")
    with pgbouncer.pooler(books.copy(f"pooled_{os.getpid()}"), folder=tmp_path) as url:
        seen = play("all_through_pooler", url)

    assert seen["handed_out"] == HOTELS
    assert seen["status"] == {"COMPLETED": HOTELS}
    assert seen["keys"] == 0
