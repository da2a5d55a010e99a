"""Senders killed at random instants lose no message, and repeat some with the same ID."""

import pytest

from tests.crash.databases import Databases
from tests.crash.killing_senders import send_with_kills


@pytest.mark.slow
@pytest.mark.network
def test_killed_senders_lose_no_message(databases: Databases) -> None:
    storm = send_with_kills(databases.url("books"), messages=96, kills=6, seed=1)

    assert storm.killed == 6
    assert storm.lost() == []
    assert storm.webhooks.wrong_signatures == 0
    assert all(len(bodies) == 1 for bodies in storm.webhooks.bodies.values())
    ends = storm.ends
    for behaviour in ("ok", "flaky", "hang", "redirect", "busy"):
        assert ends[f"webhook {behaviour} SENT"] == 8
    assert ends["webhook gone SENT"] == 0
    assert ends["email ok SENT"] == ends["email flaky SENT"] == ends["email hang SENT"] == 12
    assert ends["email gone FAILED"] == 12
