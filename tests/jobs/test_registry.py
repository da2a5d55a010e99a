"""Registry of the jobs."""

from collections.abc import Iterator

import pytest

from jobs import registry
from jobs.base import JobContext
from tests.jobs import contract
from tests.jobs.fakes import Greetings, greet


@pytest.fixture(autouse=True)
def _restored_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_jobs", dict(registry._jobs))
    return


def test_the_jobs_of_the_contract_are_registered_with_their_schedules() -> None:
    schedules = {job.name: job.schedule for job in registry.all_jobs()}

    assert schedules == schedules | contract.SCHEDULES


def test_a_job_is_found_by_its_alias() -> None:
    assert registry.get("daily-housekeeping-round") is registry.get("daily-housekeeping")


def test_the_error_about_an_unknown_job_suggests_similar_names() -> None:
    with pytest.raises(registry.UnknownJob, match="did you mean check-no-shows"):
        registry.get("check-no-show")


def test_two_services_cannot_have_one_name() -> None:
    def other(context: JobContext) -> Greetings:
        raise AssertionError

    registry.job(name="greet-guests", schedule="0 4 * * *", title="Greetings")(greet)
    other.__module__ = "elsewhere"

    with pytest.raises(ValueError, match="is taken"):
        registry.job(name="greet-guests", schedule="0 4 * * *", title="Others")(other)
