"""The receivers of docs/howto/webhooks.md, run as they are printed there, verify what is sent."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest

from hotels.notifications.webhooks.client import post
from hotels.notifications.webhooks.signing import new_secret, signed_headers
from tests.hotels.notifications.webhooks.receiver import LOOPBACK
from tests.pms.serving import ROOT
from tests.waiting import TIMEOUT

pytestmark = [pytest.mark.once, pytest.mark.network]
PAGE = (ROOT / "docs/howto/webhooks.md").read_text()
SECRET, OLD_SECRET = new_secret(), new_secret()
BODY = '{"type":"invoice.issued","data":{"guest":"Zoë"}}'
COMMANDS = {"python": [sys.executable], "js": ["node"]}


@dataclass(frozen=True, kw_only=True)
class Server:
    """A receiver of the page: where it is, and what it prints."""

    url: str
    output: IO[str]


@pytest.fixture(scope="module", params=["python", "js"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A receiver of the page, in a process of its own."""
    found = re.search(rf"```{request.param}\n(.+?)```", PAGE, re.DOTALL)
    assert found
    file: Path = tmp_path_factory.mktemp("howto") / f"receiver.{request.param}"
    file.write_text(found[1])
    process = subprocess.Popen(
        [*COMMANDS[request.param], file],
        env=os.environ
        | {"WEBHOOK_SECRET": SECRET, "PORT": "0", "NODE_PATH": str(ROOT / "node_modules")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    port = int(process.stdout.readline())
    yield Server(url=f"http://127.0.0.1:{port}/", output=process.stdout)
    process.terminate()
    process.wait(TIMEOUT)
    process.stdout.close()


def sent(
    server: Server,
    *,
    message_id: str,
    body: str = BODY,
    age: timedelta = timedelta(),
    **changed: str,
) -> int:
    """Send a message that is signed with both secrets; the status of the answer."""
    headers = signed_headers(
        message_id=message_id,
        body=body,
        secrets=[OLD_SECRET, SECRET],
        now=datetime.now(tz=UTC) - age,
    )
    changed = {name.replace("_", "-"): value for name, value in changed.items()}
    answer = post(
        server.url,
        body=body.encode(),
        headers=headers | changed,
        policy=LOOPBACK,
    )
    return answer.status


def test_what_we_sign_is_accepted_and_repetitions_are_noticed(server: Server) -> None:
    assert sent(server, message_id="msg_1") == 204
    assert sent(server, message_id="msg_1") == 204
    assert sent(server, message_id="msg_2", body=BODY.replace("Zoë", "Last")) == 204

    assert "Zoë" in server.output.readline()
    assert "Last" in server.output.readline()


def test_what_was_changed_on_the_way_is_refused(server: Server) -> None:
    assert sent(server, message_id="msg_3", webhook_id="msg_4") == 400
    assert sent(server, message_id="msg_3", webhook_signature="v1,AAAA") == 400


def test_a_message_that_is_repeated_much_later_is_refused(server: Server) -> None:
    assert sent(server, message_id="msg_5", age=timedelta(minutes=6)) == 400
