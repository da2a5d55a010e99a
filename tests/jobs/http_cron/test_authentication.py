"""Authentication and rate limit of the cron routes."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from hotels.http.bearer import is_authorised
from hotels.models import AttemptCount
from jobs.base import Job
from jobs.http_cron.views import REFUSALS
from jobs.models import JobExecution
from tests.factories import HotelFactory, UserFactory
from tests.jobs.http_cron.calling import OTHER, PATH, SECRET, call

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_every_current_secret_is_accepted(job: Job, secret: str) -> None:
    assert call(secret=secret).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {SECRET}",
        SECRET,
        f"Bearer {SECRET}x",
        f"Bearer {SECRET[1:]}",
    ],
)
def test_a_wrong_or_missing_secret_is_refused_with_401(job: Job, header: str) -> None:
    HotelFactory()

    answer = call(secret=None, headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="cron"'
    assert answer["Content-Type"] == "application/problem+json"
    assert not JobExecution.objects.exists()


def test_every_call_is_refused_if_no_secret_is_set(job: Job, settings: Any) -> None:
    settings.CRON_SECRET = []

    assert [call(secret=secret).status_code for secret in ("", SECRET, "None")] == [401] * 3


def test_a_secret_with_non_ascii_letters_is_accepted() -> None:
    as_received = "pässwörter-für-den-cron".encode().decode("latin-1")

    assert is_authorised(header=f"bearer {as_received}", allowed=["pässwörter-für-den-cron"])


def test_a_logged_in_superuser_also_needs_the_secret(job: Job, client: Any) -> None:
    client.force_login(UserFactory(is_superuser=True))

    assert client.post(PATH).status_code == 401


def test_the_user_agent_of_a_scheduler_does_not_replace_the_secret(job: Job) -> None:
    agent = {"User-Agent": "vercel-cron/1.0"}

    assert call(secret=None, method="GET", headers=agent).status_code == 401


def test_an_unknown_job_is_reported_only_with_the_secret() -> None:
    path = "/api/cron/nightly-audit"

    assert call(path, secret="wrong").status_code == 401
    assert call(path).status_code == 404
    assert call(path)["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods_are_refused(job: Job, method: str) -> None:
    HotelFactory()

    answer = call(method=method)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert not JobExecution.objects.exists()


def test_an_address_that_keeps_guessing_gets_429(job: Job) -> None:
    answers = [call(secret="wrong") for _ in range(REFUSALS.allowed + 1)]

    assert [answer.status_code for answer in answers] == [401] * REFUSALS.allowed + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= REFUSALS.window.total_seconds()


def test_guessing_does_not_block_callers_with_the_secret(job: Job) -> None:
    for _ in range(REFUSALS.allowed + 1):
        call(secret="wrong")

    assert call().status_code == 200
    assert call(secret="wrong", REMOTE_ADDR="203.0.113.7").status_code == 401


def test_an_address_may_try_again_after_the_window(job: Job) -> None:
    for _ in range(REFUSALS.allowed + 1):
        call(secret="wrong")

    with time_machine.travel(timezone.now() + REFUSALS.window + timedelta(seconds=1)):
        assert call(secret="wrong").status_code == 401
    assert AttemptCount.objects.get().count == 1


def test_a_refusal_is_logged_with_the_address_but_without_the_secret_sent(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    call(secret="nearly-the-secret")

    (record,) = [record for record in caplog.records if record.name == "jobs.http_cron.views"]
    assert record.levelno == logging.WARNING
    assert "127.0.0.1" in record.getMessage()
    assert "nearly-the-secret" not in caplog.text
    assert SECRET not in caplog.text
