"""Previews of a job in many hotels, made by a worker of the queue while their user waits."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from hotels.models import Hotel
from jobs import queue, registry, runner
from jobs.base import Job
from jobs.dispatch.options import Stop
from jobs.models import PreviewRequest
from jobs.registry import UnknownJob
from jobs.runner import Outcome

# Together they keep what is stored small, and a worker free for others.
MOST_HOTELS = 500
MOST_TIME = timedelta(minutes=2)
NAMES_KEPT = 8
LINES_KEPT = 50
TEXT_KEPT = 1000


@transaction.atomic
def request_previews(
    *, job: Job, hotels: Sequence[Hotel], by: AbstractBaseUser, now: datetime
) -> PreviewRequest:
    """Ask the workers for previews in these hotels; the user's earlier requests are given up."""
    PreviewRequest.objects.filter(user_id=by.pk, finished_at=None).delete()
    request = PreviewRequest.objects.create(
        user_id=by.pk,
        job_name=job.name,
        hotel_ids=[hotel.pk for hotel in hotels],
        created_at=now,
        active_at=now,
    )
    queue.send_preview(request_id=request.pk)
    return request


@transaction.atomic
def ask_again_if_lost(*, request: PreviewRequest, now: datetime) -> bool:
    """Ask the workers again if none has gone on with the request lately; true if it was lost."""
    rows = PreviewRequest.objects.filter(pk=request.pk, finished_at=None)
    lost = rows.filter(active_at__lt=now - PreviewRequest.LOST_AFTER).update(active_at=now, done=0)
    if lost:
        queue.send_preview(request_id=request.pk)
    return bool(lost)


def make_previews(*, request_id: int, stop: Stop) -> None:
    """Make the previews that a user asked for, and store them.

    Ends after `MOST_HOTELS` or `MOST_TIME`. Once `stop` returns true, another worker is asked. A
    request that was given up, is done or in the hands of another worker is left.
    """
    rows = PreviewRequest.objects.filter(pk=request_id, finished_at=None)
    request = rows.first()
    if request is None or _is_in_progress(request):
        return
    made: list[dict[str, Any]] = []
    for outcome in _outcomes(request):
        made.append(_kept(outcome))
        if not rows.update(done=len(made), active_at=timezone.now()):
            return
        if stop():
            rows.update(done=0)
            queue.send_preview(request_id=request_id)
            return
    rows.update(result=made, finished_at=timezone.now())


def _is_in_progress(request: PreviewRequest) -> bool:
    """True if a worker goes on with it: where all are busy, a request has several messages."""
    lost = timezone.now() - PreviewRequest.LOST_AFTER
    return request.done > 0 and request.active_at >= lost


def delete_old_previews(*, now: datetime) -> int:
    """Delete the requests that are older than `KEPT_FOR`; returns their number."""
    old = PreviewRequest.objects.filter(created_at__lt=now - PreviewRequest.KEPT_FOR)
    return old.delete()[0]


def _outcomes(request: PreviewRequest) -> Iterator[Outcome]:
    try:
        job = registry.get(request.job_name)
    except UnknownJob:
        return
    hotels = Hotel.objects.in_bulk(request.hotel_ids[:MOST_HOTELS])
    ends = monotonic() + MOST_TIME.total_seconds()
    for hotel_id in request.hotel_ids[:MOST_HOTELS]:
        if hotel_id in hotels:
            yield runner.preview(job=job, hotel=hotels[hotel_id], now=timezone.now())
        if monotonic() > ends:
            return


def _kept(outcome: Outcome) -> dict[str, Any]:
    """The parts of an outcome that the page of the previews shows."""
    return {
        "hotel": outcome.hotel.pk,
        "status": outcome.status,
        "summary": outcome.summary[:TEXT_KEPT],
        "error": outcome.error[:TEXT_KEPT],
        "problems": outcome.problems,
        "attention": [line[:TEXT_KEPT] for line in outcome.attention[:LINES_KEPT]],
        "effects": {
            kind: {
                "count": effect["count"],
                "objects": [{"label": item["label"]} for item in effect["objects"][:NAMES_KEPT]],
            }
            for kind, effect in outcome.effects.items()
        },
    }


def previews_made(*, request: PreviewRequest, hotels: Sequence[Hotel]) -> list[Outcome]:
    """The outcomes that a worker stored for a request, of those of the hotels that have one."""
    by_key = {hotel.pk: hotel for hotel in hotels}
    return [
        Outcome(
            hotel=by_key[kept["hotel"]],
            job_name=request.job_name,
            status=kept["status"],
            summary=kept["summary"],
            error=kept["error"],
            problems=kept["problems"],
            attention=tuple(kept["attention"]),
            effects=kept["effects"],
        )
        for kept in request.result
        if kept["hotel"] in by_key
    ]
