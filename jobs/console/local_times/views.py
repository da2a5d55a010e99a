"""Page /admin/local-times/, and the action "Set local times"."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from hotels.console.base import ConsolePage, HotelsPage
from hotels.models import Hotel
from hotels.roles import Action
from jobs import scheduling
from jobs.scheduling.advice import ScheduleAdvice, schedule_advice
from jobs.scheduling.local_times import set_local_times

HOTELS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class AdviceRow:
    """A schedule that makes no sense: the job, the reasons, and the present and the better one."""

    job: str
    reasons: tuple[str, ...]
    present: str
    better: str


@dataclass(frozen=True, kw_only=True)
class HotelAdvice:
    """The schedules of a hotel that make no sense there."""

    hotel: Hotel
    rows: tuple[AdviceRow, ...]
    may_set: bool


class LocalTimesPage(HotelsPage):
    """The schedules that make no sense in the user's hotels, hotel by hotel."""

    title = _("Local times")
    template_name = "jobs/console/local_times/local_times.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the advice by hotel."""
        advice = schedule_advice(hotels=self.selected_hotels, now=self.now)
        by_hotel: dict[int, list[ScheduleAdvice]] = {}
        for each in advice:
            by_hotel.setdefault(each.hotel.pk, []).append(each)
        shown = islice(by_hotel.values(), HOTELS_SHOWN)
        return super().get_context_data(
            found=[self._of_hotel(of_hotel) for of_hotel in shown],
            more=max(len(by_hotel) - HOTELS_SHOWN, 0),
            **kwargs,
        )

    def _of_hotel(self, advice: Sequence[ScheduleAdvice]) -> HotelAdvice:
        hotel = advice[0].hotel
        rows = tuple(
            AdviceRow(
                job=str(each.job.title),
                reasons=each.reasons,
                present=_in_zone(each.schedule.expression, own=_is_local(each)),
                better=_in_zone(each.expression, own=True),
            )
            for each in advice
        )
        return HotelAdvice(hotel=hotel, rows=rows, may_set=self.may(Action.CONFIGURE, hotel))


class SetLocalTimesPage(ConsolePage):
    """The action: own schedules at good local times for one hotel."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Set the schedules and redirect to the hotel's page.

        Raises Http404 for a hotel of others, PermissionDenied for a role that does not allow it.
        """
        hotel = get_object_or_404(Hotel.objects.visible_to(self.user), pk=pk)
        if not self.may(Action.CONFIGURE, hotel):
            raise PermissionDenied
        saved = set_local_times(hotel=hotel, now=self.now, by=self.user)
        if saved:
            text = ngettext(
                "%(count)d schedule of %(hotel)s was set to local time.",
                "%(count)d schedules of %(hotel)s were set to local time.",
                len(saved),
            )
            messages.success(request, text % {"count": len(saved), "hotel": hotel.name})
        else:
            text = gettext("The schedules of %(hotel)s already make sense. Nothing was changed.")
            messages.info(request, text % {"hotel": hotel.name})
        return redirect(f"{reverse('jobs:local-times')}?{urlencode({'hotel': hotel.code})}")


def _is_local(advice: ScheduleAdvice) -> bool:
    own = advice.schedule.own
    return own is not None and own.clock == own.Clock.HOTEL


def _in_zone(expression: str, *, own: bool) -> str:
    text = gettext("%(when)s, hotel time") if own else gettext("%(when)s, UTC")
    described = scheduling.describe_schedule(expression=expression, language=get_language() or "en")
    return text % {"when": described}
