"""The page of one item of Home, on which a person acknowledges or snoozes it."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from hotels.action_items import ActionItem
from hotels.audit import Via
from hotels.console.base import ConsolePage
from hotels.errors import ActionRefused
from hotels.models import Hotel
from hotels.text import refuse_unprintable
from jobs.alerts.actions import acknowledge, snooze
from jobs.alerts.item_marks import covers, keys_to_keep, mark_item, marks_of, remove_mark, split
from jobs.console.alerts.views import SNOOZE_HOURS, alert_badge
from jobs.console.home.alert_links import find_alerts
from jobs.console.home.clock import HomeClock
from jobs.console.home.groups import KINDS
from jobs.console.home.item_urls import item_url
from jobs.console.home.items import items_of, statuses_of
from jobs.models import Alert, ItemMark
from jobs.roles import MARK_ITEMS


class ItemPage(ConsolePage):
    """`/admin/items/<hotel>/<kind>/?subject=…`: an item, with the forms to mark it."""

    template_name = "jobs/console/home/item.html"

    @cached_property
    def hotel(self) -> Hotel:
        """The hotel. Raises Http404 for one of others, PermissionDenied for a viewer."""
        found = next((each for each in self.hotels if each.pk == self.kwargs["hotel"]), None)
        if found is None or self.kwargs["kind"] not in {kind.key for kind in KINDS}:
            raise Http404
        if not self.may(MARK_ITEMS, found):
            raise PermissionDenied
        return found

    @cached_property
    def item(self) -> ActionItem | None:
        """The item as it is now; None if it is gone, or the user's role does not show it."""
        hotels = [self.hotel]
        statuses = statuses_of(hotels=hotels, access=self.access, now=self.now)
        clock = HomeClock.of(hotels=hotels, now=self.now)
        wanted = self.kwargs["kind"], self.request.GET.get("subject", "")
        items = items_of(statuses, hotels=hotels, access=self.access, clock=clock)
        return next((each for each in items if (each.kind.key, each.subject) == wanted), None)

    @cached_property
    def mark(self) -> ItemMark | None:
        """The mark that covers the item now."""
        if self.item is None:
            return None
        _open, marked = split([self.item], marks=marks_of(hotels=[self.hotel], now=self.now))
        return marked[0].mark if marked else None

    @cached_property
    def alert(self) -> Alert | None:
        """The open alert about the item, of those the user may see."""
        if self.item is None:
            return None
        return find_alerts([self.item], user=self.user, access=self.access)[0]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the item; return to Home if it is gone."""
        return self._gone() if self.item is None else super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the item with its mark and its alert."""
        assert self.item is not None
        context: dict[str, Any] = {
            "title": self.item.text,
            "item": self.item,
            "keys": keys_to_keep(self.item),
            "mark": self.mark,
            "alert": self.alert,
            "badge": alert_badge(self.alert) if self.alert else None,
            "hotel": self.hotel,
            "snooze_hours": SNOOZE_HOURS,
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Acknowledge or snooze the item, or show it again; then return to Home.

        An item that has changed since the page was read is shown again instead.
        """
        item = self.item
        if item is None:
            return self._gone()
        if request.POST.get("do") == "show":
            if self.mark is not None:
                remove_mark(mark=self.mark, by=self.user, via=Via.ADMIN, now=self.now)
            messages.success(request, gettext("The item is on Home again."))
            return redirect("admin:index")
        if not covers(item, keys=request.POST.getlist("key")):
            messages.warning(request, gettext("The item has changed meanwhile. Please look again."))
            return redirect(item_url(item))
        try:
            messages.success(request, self._mark(item))
        except (ActionRefused, ValidationError) as refusal:
            text = refusal.messages[0] if isinstance(refusal, ValidationError) else str(refusal)
            messages.error(request, text)
            return redirect(item_url(item))
        return redirect("admin:index")

    def _mark(self, item: ActionItem) -> str:
        note = self.request.POST.get("note", "").strip()
        refuse_unprintable(note)
        until = self._until()
        mark_item(item=item, note=note, until=until, by=self.user, via=Via.ADMIN, now=self.now)
        alert = self.alert
        # An alert of other hotels, too, is a matter of its own page.
        if alert is not None and alert.parts.filter(recovered_at=None).count() == 1:
            if until is None:
                acknowledge(alert=alert, note=note, by=self.user, via=Via.ADMIN, now=self.now)
            else:
                snooze(alert=alert, until=until, by=self.user, via=Via.ADMIN, now=self.now)
        return gettext("Acknowledged.") if until is None else gettext("Snoozed.")

    def _until(self) -> datetime | None:
        """The end of the snooze; None to acknowledge. Raises ActionRefused for another choice."""
        if self.request.POST.get("do") != "snooze":
            return None
        given = self.request.POST.get("hours", "")
        if given not in map(str, SNOOZE_HOURS):
            raise ActionRefused(gettext("Choose for how long."))
        until: datetime = self.now + timedelta(hours=int(given))
        return until

    def _gone(self) -> HttpResponse:
        messages.info(self.request, gettext("The item needs no attention any more."))
        return redirect("admin:index")
