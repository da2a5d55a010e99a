"""Send what is due: one thread claims and records, others wait for the receivers."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Thread

from django.db import DatabaseError
from django.utils import timezone

from hotels.models import DeliveryAttempt, Message
from hotels.notifications.delivery.channels import Answer, Send, Unsendable, channels
from hotels.notifications.delivery.claiming import (
    channel_of,
    claim,
    due_destinations,
    release_interrupted,
)
from hotels.notifications.delivery.recording import record, record_undeliverable
from hotels.tracing import mark_failed, span

THREADS = 16
# A first retry is due after some seconds: it is worth waiting for it.
LINGER = timedelta(seconds=6)
PAUSE = 0.25  # seconds between looks for a retry
# Every channel bounds its attempts to a minute. The library of a vendor may not: such an attempt is
# given up before its lease ends.
LONGEST_ATTEMPT = 90.0  # seconds
_log = logging.getLogger(__name__)

Outcome = DeliveryAttempt.Outcome
Status = Message.Status


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """Numbers of messages: sent, failed for good, and still waiting for their time or a retry."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0


def never() -> bool:
    """Never stop early."""
    return False


def deliver_due(
    *,
    within: timedelta,
    stop: Callable[[], bool] = never,
    clock: Callable[[], datetime] = timezone.now,
) -> Delivered:
    """Send the messages that are due, until none is left, `within` is over or `stop` is true.

    Several processes may do this at once: a message is claimed by one of them. A receiver that is
    slow or fails keeps only its own messages waiting. Raises DatabaseError.
    """
    release_interrupted(now=clock())
    work = _Work(clock=clock)
    ends = time.monotonic() + within.total_seconds()
    while True:
        finished = stop() or time.monotonic() >= ends
        if not finished:
            work.start_due()
        if work.under_way:
            work.record_ended(timeout=max(ends - time.monotonic(), 0) if not finished else None)
        elif finished or not work.linger(ends=ends, stop=stop):
            break
    waiting = Message.objects.filter(status=Status.WAITING, channel__in=channels()).count()
    return Delivered(sent=work.sent, failed=work.failed, waiting=waiting)


@dataclass(frozen=True, kw_only=True)
class _Started:
    message: Message
    at: datetime
    given_up_at: float  # of the clock that no one sets


class _Work:
    """The attempts under way, and the numbers so far."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.under_way: dict[Future[Answer], _Started] = {}
        self.sent = 0
        self.failed = 0
        self._turn = 0
        self._served: dict[str, int] = {}

    def start_due(self) -> None:
        """Claim messages for the free threads, a few of each destination, and start them."""
        if len(self.under_way) >= THREADS:
            return
        now = self._clock()
        busy = Counter(started.message.destination for started in self.under_way.values())
        full = [key for key, count in busy.items() if count >= _limit(key)]
        due = due_destinations(now=now, channels=[*channels()], without=full)
        # Those served longest ago first: a few with long backlogs would keep all threads.
        due.sort(key=lambda key: self._served.get(key, 0))
        for place, destination in enumerate(due):
            free = THREADS - len(self.under_way)
            if free <= 0:
                return
            claimed = claim(
                destination=destination,
                at_most=max(free // (len(due) - place), 1),
                per_destination=_limit(destination),
                now=now,
            )
            self._turn += 1
            self._served[destination] = self._turn
            for message in claimed:
                self._start(message)

    def _start(self, message: Message) -> None:
        started = _Started(
            message=message, at=self._clock(), given_up_at=time.monotonic() + LONGEST_ATTEMPT
        )
        channel = channels()[message.channel]
        try:
            send = channel.prepare(message, now=started.at)
        except Unsendable as reason:
            record_undeliverable(message, reason=str(reason), now=self._clock())
            self.failed += 1
        except Exception as error:  # noqa: BLE001  a message that cannot be written stops no other
            _log.exception("Message %s could not be prepared.", message.public_id)
            self._record(started, _crashed(error))
        else:
            self.under_way[_in_thread(partial(_traced, send, message))] = started

    def record_ended(self, *, timeout: float | None) -> None:
        """Wait until an attempt ends, and record all that have ended or last too long."""
        first = min(started.given_up_at for started in self.under_way.values())
        patience = max(first - time.monotonic(), 0)
        ended, others = wait(
            self.under_way,
            timeout=patience if timeout is None else min(timeout, patience),
            return_when=FIRST_COMPLETED,
        )
        for future in others:
            if self.under_way[future].given_up_at <= time.monotonic():
                self._record(self.under_way.pop(future), _given_up())
        for future in ended:
            started = self.under_way.pop(future)
            error = future.exception()
            if error is None:
                answer = future.result()
            else:
                _log.error(
                    "Message %s could not be sent.", started.message.public_id, exc_info=error
                )
                answer = _crashed(error)
            self._record(started, answer)

    def _record(self, started: _Started, answer: Answer) -> None:
        try:
            status = record(
                started.message,
                channel=channels()[started.message.channel],
                answer=answer,
                started=started.at,
                now=self._clock(),
            )
        except DatabaseError:
            # The others have ended as well, and are recorded. This one is sent again after its
            # lease.
            _log.exception("An attempt at message %s was not recorded.", started.message.public_id)
            return
        self.sent += status == Status.SENT
        self.failed += status == Status.FAILED

    def linger(self, *, ends: float, stop: Callable[[], bool]) -> bool:
        """Wait for a retry that is due in some seconds; False if there is none."""
        now = self._clock()
        soon = Message.objects.due(now=now + LINGER).filter(
            channel__in=channels(), next_attempt_at__gt=now
        )
        if stop() or time.monotonic() + PAUSE >= ends or not soon.exists():
            return False
        time.sleep(PAUSE)
        return True


def _in_thread(call: Callable[[], Answer]) -> Future[Answer]:
    """Call in a thread of its own, which the end of the process does not wait for."""
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  the result is waited for
            future.set_exception(error)

    Thread(target=copy_context().run, args=(run,), name="deliver", daemon=True).start()
    return future


def _given_up() -> Answer:
    return Answer(
        outcome=Outcome.RETRY,
        detail=f"The attempt did not end within {LONGEST_ATTEMPT:.0f} seconds.",
        destination_failed=True,
    )


def _traced(send: Send, message: Message) -> Answer:
    """Send in a span; the recipient is not in it."""
    about = {"template": message.template, "message_id": str(message.public_id)}
    with span(f"send {message.channel}", **about) as made:
        answer = send()
        if answer.outcome != Outcome.SENT:
            mark_failed(made, str(answer.outcome))
        return answer


def _limit(destination: str) -> int:
    """The number of messages that may be under way to a destination: its channel's limit."""
    channel = channels().get(channel_of(destination))
    return channel.per_destination if channel else 1


def _crashed(error: BaseException) -> Answer:
    return Answer(outcome=Outcome.RETRY, detail=f"Unexpected error ({type(error).__name__}).")
