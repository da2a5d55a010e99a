"""The two addresses of a wall screen; the token in the path is the only credential."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from jobs.models import WallScreen
from jobs.wall_screens.badge import badge_svg
from jobs.wall_screens.screens import screen_of_token
from jobs.wall_screens.status import PERIOD, GroupStatus, group_status

# The token is in the path, so no cookie is needed and any page may show the status.
HEADERS = {
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@require_safe
def badge(request: HttpRequest, token: str) -> HttpResponse:
    """The status as a picture. Raises Http404 for an unknown or revoked token."""
    return _answer(
        token,
        lambda screen, status: HttpResponse(
            badge_svg(label=screen.label, status=status), content_type="image/svg+xml"
        ),
    )


@require_safe
def status_json(request: HttpRequest, token: str) -> HttpResponse:
    """The status as JSON. Raises Http404 for an unknown or revoked token."""
    return _answer(token, lambda screen, status: JsonResponse(_content(screen, status)))


def _answer(token: str, write: Callable[[WallScreen, GroupStatus], HttpResponse]) -> HttpResponse:
    screen = screen_of_token(token)
    if screen is None:
        raise Http404
    hotels = list(screen.hotels.order_by("name", "pk"))
    response = write(screen, group_status(hotels=hotels, now=timezone.now()))
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _content(screen: WallScreen, status: GroupStatus) -> dict[str, Any]:
    age = status.tick_age
    return {
        "label": screen.label,
        "status": status.light.value,
        "at": status.now,
        "periodHours": int(PERIOD.total_seconds() // 3600),
        "tick": {
            "at": status.ticked_at,
            "ageSeconds": None if age is None else int(age.total_seconds()),
            "silent": status.is_silent,
        },
        "hotels": [
            {
                "code": each.hotel.code,
                "name": each.hotel.name,
                "status": each.light.value,
                "jobs": {
                    "completed": each.clean,
                    "completedWithProblems": each.problems,
                    "failed": each.failed,
                    "missed": each.missed,
                },
            }
            for each in status.hotels
        ],
    }
