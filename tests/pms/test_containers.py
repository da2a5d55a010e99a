"""The image and the examples of containers, tried without Docker."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from jobs import registry
from tests.pms.serving import PRODUCTION, ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
KUBERNETES = list(yaml.safe_load_all((ROOT / "docs/howto/kubernetes.yaml").read_text()))
# Settings that are no rows of the README's table.
OF_POSTGRESQL = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


def _containers() -> Iterator[dict[str, Any]]:
    """Every container of the example for Kubernetes."""

    def found(value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            yield from value.get("containers", [])
            for each in value.values():
                yield from found(each)

    yield from found({"documents": dict(enumerate(KUBERNETES))})


def _commands() -> list[list[str]]:
    """The commands of manage.py in both examples, with their options."""
    services = COMPOSE["services"].values()
    given = [service.get("command", []) for service in services]
    given += [service.get("healthcheck", {}).get("test", [])[1:] for service in services]
    given += [container.get("command", []) for container in _containers()]
    probes = [container.get("livenessProbe", {}) for container in _containers()]
    given += [probe.get("exec", {}).get("command", []) for probe in probes]
    words = [shlex.split(re.sub(r"[;]", " ; ", " ".join(command))) for command in given]
    found = []
    for each in words:
        if "manage.py" in each:
            after = each[each.index("manage.py") + 1 :]
            found.append(after[: after.index(";")] if ";" in after else after)
    return found


def _directive(name: str) -> list[str]:
    return re.findall(rf"^\s*{name} (.+)$", DOCKERFILE, re.MULTILINE)


@pytest.mark.once
def test_what_is_copied_into_the_image_is_enough_to_serve_the_site(tmp_path: Path) -> None:
    """Its command loads the application from a folder with nothing else in it."""
    for copied in _directive("COPY"):
        source, target = copied.split()[-2:]
        if source.startswith("/"):
            continue  # from the other stage
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target)
        else:
            shutil.copy(ROOT / source, tmp_path / target)
    (command,) = [each for each in _directive("CMD") if "gunicorn" in each]

    done = subprocess.run(
        [sys.executable, "-m", *yaml.safe_load(command), "--check-config"],
        cwd=tmp_path,
        env=os.environ | PRODUCTION | {"DATABASE_URL": "postgres://h/d", "JOBS_EXECUTOR": "queue"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.once
def test_the_image_is_built_from_what_docker_sends() -> None:
    """The file .dockerignore lets in what the Dockerfile copies, and no more."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}

    assert sent == {each.split()[0] for each in _directive("COPY") if not each.startswith("--")}


@pytest.mark.once
def test_the_image_does_not_run_as_root_and_can_be_probed() -> None:
    assert _directive("USER")[-1] == "10001"
    assert len(_directive("HEALTHCHECK")) == 1


@pytest.mark.once
def test_the_commands_of_the_examples_exist() -> None:
    commands = _commands()

    for name, *options in commands:
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        parser.parse_args(options)
    assert {name for name, *_ in commands} == {"migrate", "run_due_jobs", "worker"}


@pytest.mark.once
def test_the_settings_of_the_examples_exist() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    (config,) = [each for each in KUBERNETES if each["kind"] == "ConfigMap"]
    of_compose = {
        name for service in COMPOSE["services"].values() for name in service.get("environment", {})
    }

    assert of_compose - OF_POSTGRESQL <= set(table)
    assert set(config["data"]) <= set(table)


@pytest.mark.once
def test_a_worker_that_is_stopped_has_time_to_finish_its_hotels() -> None:
    longest = max(job.timeout for job in registry.all_jobs()).total_seconds()
    (deployment,) = [each for each in KUBERNETES if each["metadata"]["name"] == "hotel-worker"]
    minutes = COMPOSE["services"]["worker"]["stop_grace_period"].removesuffix("m")

    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > longest
    assert int(minutes) * 60 > longest
