"""Against a running gunicorn: the README's lines, throttling, generated clients."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.crash.databases import Databases
from tests.jobs.api.live import ROOT, environment, manage, serving
from tests.waiting import TIMEOUT

pytestmark = pytest.mark.network
HERE = Path(__file__).parent
NODE = ROOT / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory, tables: Path | None) -> Iterator[Databases]:
    """A database named `books` with the demo group, and copies of it."""
    made = Databases(tmp_path_factory.mktemp("live"), tables=tables)
    url = made.url("books")
    manage(url, "shell", "--verbosity", "0", "--command", _DEMO)
    yield made
    made.drop()


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the API's schema."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    manage("sqlite://:memory:", "spectacular", "--format", "openapi-json", "--file", str(file))
    return file


# The demo without its jobs: only the books and the people.
_DEMO = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from hotels.demo.loading import load_group
from hotels.models import Hotel, Membership
load_group(now=timezone.now())
user = get_user_model().objects.create_user("manager", password="of-the-test")
for hotel in Hotel.objects.filter(code__in=["lisbon", "tokyo"]):
    Membership.objects.create(user=user, hotel=hotel, role="MANAGER")
"""


def ask(url: str, *, method: str = "GET", **headers: str) -> tuple[int, Any]:
    """Status and JSON body of one request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, method=method, headers=named), timeout=TIMEOUT) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def readme_script() -> str:
    """The shell commands of the README's section on the API, in order."""
    section = (ROOT / "README.md").read_text().split("\n## The REST API\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


@pytest.mark.skipif(shutil.which("curl") is None, reason="the program curl is missing")
def test_the_commands_of_the_readme_succeed(databases: Databases) -> None:
    url = databases.copy("readme")
    with serving(url) as site:
        script = re.sub(r"http://127\.0\.0\.1:\d+", site, readme_script())
        script = script.replace(".venv/bin/python", sys.executable)
        lines = 'curl() { command curl --silent --write-out "\\nHTTP %{http_code}\\n" "$@"; }\n'
        done = subprocess.run(
            ["bash", "-eu", "-c", lines + script],
            cwd=ROOT,
            env=environment(url),
            capture_output=True,
            text=True,
            check=False,
        )

    statuses = re.findall(r"HTTP (\d+)", done.stdout)
    assert done.returncode == 0, done.stderr
    assert len(statuses) == script.count("\ncurl ") >= 8
    assert set(statuses) == {"200"}, done.stdout


def test_failures_are_counted_over_all_processes(databases: Databases) -> None:
    with serving(databases.copy("flooded")) as site:
        wrong = [ask(f"{site}/api/jobs", Authorization="Token wrong")[0] for _ in range(34)]

    assert wrong == [401] * 30 + [429] * 4


@pytest.mark.once
def test_the_generated_python_client_compiles_lists_and_triggers(
    databases: Databases, schema: Path, tmp_path: Path
) -> None:
    url = databases.copy("client")
    generator = Path(sys.executable).with_name("openapi-python-client")
    run(
        [str(generator), "generate", "--path", str(schema), "--meta", "none"],
        "--output-path",
        str(tmp_path / "hotel_client"),
    )
    run([sys.executable, "-m", "compileall", "-q"], str(tmp_path / "hotel_client"))
    token = manage(url, "create_token", "manager", "--hotel", "lisbon").strip()
    with serving(url) as site:
        content = json.loads(
            run([sys.executable, str(HERE / "use_client.py")], site, token, tmp_path)
        )

    assert content.pop("noShows") >= 0
    assert content == {
        "before": 0,
        "success": True,
        "job": "check-no-shows",
        "status": "COMPLETED",
        "after": 1,
    }


@pytest.mark.once
@pytest.mark.skipif(not (NODE / "tsc").exists(), reason="what package.json names is missing")
def test_the_generated_typescript_client_compiles(schema: Path, tmp_path: Path) -> None:
    run([str(NODE / "openapi-typescript")], schema, "-o", tmp_path / "api.ts")
    shutil.copy(HERE / "use_client.ts", tmp_path)
    run(
        [str(NODE / "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--lib", "es2022,dom"],
        tmp_path / "use_client.ts",
    )


def run(command: list[str], *arguments: Any) -> str:
    """Standard output of a program; raises AssertionError with its output when it fails."""
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
