"""Machines that share the work, each a network namespace. PostgreSQL only: the queue is in it."""

import pytest

from tests import machines
from tests.crash.outages import EVERYTHING, site
from tests.waiting import wait_until

REASON = machines.why_not()
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.skipif(bool(REASON), reason=REASON),
]
HOTELS = 24
INTERRUPTED = "SELECT count(*) FROM jobs_jobexecution WHERE failure_kind = 'interrupted'"


def test_what_a_machine_commits_after_it_was_cut_off_and_given_up_is_rolled_back() -> None:
    """No connection of it is reset: the server gives it up, and others do its hotels."""
    with site(hotels=HOTELS, workers=("one", "two"), short=True) as played:
        (database,) = played.databases
        played.begin(quota={"one": 3, "two": 3})
        played.wait_for_middle(one=3, two=3)
        played.workers["one"].cut_off()
        wait_until(lambda: database.ask(INTERRUPTED) == 2, what="its two hotels are given up")
        played.allow("two", EVERYTHING)
        played.wait_for_end(database)
        played.workers["one"].come_back()
        played.allow("one", EVERYTHING)
        played.wait_for_rest("one", "two", database=database)
        told = played.tell(database)

    assert told["status"] == {"COMPLETED": HOTELS, "FAILED": 2}
    assert told["kinds"] == {"interrupted": 2}
    assert (told["slots"], told["most_completed"]) == (HOTELS, 1)
    assert (told["greeted"], told["most_greeted"]) == (HOTELS, 1)
    assert told["by"] == {"one": 3, "two": HOTELS - 3}
