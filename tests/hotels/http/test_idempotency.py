"""Stored answers of requests with an Idempotency-Key."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from hotels.http.idempotency import Answer, answer_once, idempotency_key
from hotels.http.problem import Conflict, Unprocessable
from hotels.models import KeptAnswer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
DONE = Answer(status=200, body={"success": True})


class Work:
    """Counts how often it is carried out."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Answer:
        self.calls += 1
        return DONE


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def send(now: datetime) -> Callable[..., Answer]:
    """A function that sends the request of one user."""
    user = UserFactory()

    def request(work: Any, *, key: str | None = "k", **more: Any) -> Answer:
        given = {"user": user, "content": {"job": "a"}, "now": now} | more
        return answer_once(key=key, carry_out=work, **given)

    return request


def test_a_repeated_request_gets_the_stored_answer(send: Callable[..., Answer], work: Work) -> None:
    first, second = send(work), send(work)

    assert (first.repeated, second.repeated) == (False, True)
    assert (second.status, second.body) == (first.status, first.body)
    assert work.calls == 1


def test_without_a_key_every_request_is_carried_out(
    send: Callable[..., Answer], work: Work
) -> None:
    send(work, key=None)
    send(work, key=None)

    assert work.calls == 2
    assert not KeptAnswer.objects.exists()


def test_a_key_with_other_content_is_refused(send: Callable[..., Answer], work: Work) -> None:
    send(work)

    with pytest.raises(Unprocessable):
        send(work, content={"job": "b"})


def test_the_key_of_another_user_is_a_different_key(
    send: Callable[..., Answer], work: Work
) -> None:
    send(work)
    send(work, user=UserFactory())

    assert work.calls == 2


def test_an_answer_is_stored_for_a_day(
    send: Callable[..., Answer], work: Work, now: datetime
) -> None:
    send(work)
    send(work, now=now + KeptAnswer.KEPT_FOR)
    send(work, now=now + KeptAnswer.KEPT_FOR + timedelta(seconds=1))

    assert work.calls == 2


def test_a_refused_request_may_be_sent_again_under_its_key(
    send: Callable[..., Answer], work: Work
) -> None:
    def refuse() -> Answer:
        raise Conflict

    with pytest.raises(Conflict):
        send(refuse)

    assert send(work) == DONE


def test_atomic_work_is_rolled_back_when_another_worker_took_over(
    send: Callable[..., Answer],
) -> None:
    def work_too_late() -> Answer:
        UserFactory(username="late")
        KeptAnswer.objects.update(status=201, body={"by": "the other worker"})
        return DONE

    with pytest.raises(Conflict):
        send(work_too_late, atomic=True)

    assert not User.objects.filter(username="late").exists()


def test_without_worker_locks_a_request_is_taken_for_dead_after_an_hour(
    send: Callable[..., Answer], work: Work, settings: Any, now: datetime
) -> None:
    settings.TRANSACTION_POOLING = True

    def first() -> Answer:
        with pytest.raises(Conflict):
            send(work, now=now + timedelta(minutes=59))
        return send(work, now=now + timedelta(minutes=61))

    send(first)

    assert work.calls == 1


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_malformed_key_is_refused(key: str) -> None:
    request = Request(RequestFactory().post("/", headers={"Idempotency-Key": key}))

    with pytest.raises(ValidationError, match="1 to 255 visible ASCII characters"):
        idempotency_key(request)
