"""The jobs there are."""

from collections.abc import Iterator

import pytest

from jobs import registry
from jobs.base import JobContext
from tests.jobs.fakes import Greetings, greet


@pytest.fixture(autouse=True)
def _registry_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_jobs", dict(registry._jobs))
    return


def test_the_five_jobs_are_registered_with_their_schedules() -> None:
    assert {job.name: job.schedule for job in registry.all_jobs()} == {
        "check-no-shows": "0 */2 * * *",
        "daily-housekeeping": "0 0 * * *",
        "generate-invoices": "0 2 * * *",
        "maintenance-schedule": "0 0 * * 1",
        "recalc-availability": "0 1 * * *",
    }


def test_a_job_is_found_by_its_other_name() -> None:
    assert registry.get("daily-housekeeping-round") is registry.get("daily-housekeeping")


def test_an_unknown_job_is_named_with_near_matches() -> None:
    with pytest.raises(registry.UnknownJob, match="did you mean check-no-shows"):
        registry.get("check-no-show")


def test_two_services_cannot_have_one_name() -> None:
    def other(context: JobContext) -> Greetings:
        raise AssertionError

    registry.job(name="greet-guests", schedule="0 4 * * *", title="Greetings")(greet)
    other.__module__ = "elsewhere"

    with pytest.raises(ValueError, match="is taken"):
        registry.job(name="greet-guests", schedule="0 4 * * *", title="Others")(other)
