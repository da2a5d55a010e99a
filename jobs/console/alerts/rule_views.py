"""Rules: the list, the form with its rehearsal, and their removal; the channels they send to."""

from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.models import ChatChannel, Hotel
from hotels.notifications.chat.addresses import SERVICES
from hotels.notifications.chat.channels import create_channel, delete_channel, send_test
from hotels.roles import Action
from jobs.alerts.access import channels_of, rules_of
from jobs.alerts.messages import what_of
from jobs.alerts.past_conditions import LIMITS
from jobs.alerts.rehearsal import REHEARSED, Rehearsal, rehearse
from jobs.alerts.rules import RuleInvalid, delete_rule, save_rule, switch_off_rule, values_of
from jobs.console.alerts.forms import ChannelForm, RuleForm
from jobs.console.alerts.views import AlertsPage
from jobs.models import Alert, AlertKind, AlertRule

REHEARSAL_SHOWN = 100


class Rules(AlertsPage):
    """`/admin/alerts/rules/`: the user's rules."""

    title = _("Alert rules")
    template_name = "jobs/console/alerts/rules.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rules with the names of their hotels."""
        rows = rules_of(user=self.user, access=self.access).prefetch_related("hotels", "channels")
        return super().get_context_data(rules=rows.select_related("owner"), **kwargs)


class RulePage(AlertsPage):
    """`/admin/alerts/rules/add/` and `…/<id>/`: the form of a rule, with its rehearsal."""

    title = _("Alert rule")
    template_name = "jobs/console/alerts/rule.html"

    @cached_property
    def rule(self) -> AlertRule | None:
        """The rule that is changed; None for a new one. Raises Http404 for another user's."""
        public_id = self.kwargs.get("public_id")
        if public_id is None:
            return None
        rows = rules_of(user=self.user, access=self.access)
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    @property
    def managed(self) -> Any:
        """The active hotels that the user manages."""
        rows = self.access.narrow(Hotel.objects.filter(active=True), action=Action.CONFIGURE)
        return rows.order_by("name", "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        context = {"rule": self.rule, "form": self._form()} | kwargs
        return super().get_context_data(**context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Store the rule, or with `rehearse` show what it would have sent."""
        form = self._form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        if "rehearse" in request.POST:
            return self.render_to_response(self._rehearsed(form))
        try:
            save_rule(
                values=form.values(),
                rule=self.rule,
                by=self.user,
                via=Via.ADMIN,
                now=self.now,
                site=request.build_absolute_uri("/").rstrip("/"),
            )
        except RuleInvalid as refusal:
            form.add_error(refusal.field, str(refusal))
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        except AlertRule.DoesNotExist:
            raise Http404 from None
        else:
            messages.success(request, gettext("Rule saved."))
            return redirect("jobs:alert-rules")
        return self.render_to_response(self.get_context_data(form=form))

    def _rehearsed(self, form: RuleForm) -> dict[str, Any]:
        values = form.values()
        found: Rehearsal | None = None
        if values.kind in REHEARSED:
            chosen = list(self.managed) if values.all_hotels else list(values.hotels)
            found = rehearse(terms=values.terms(), hotels=chosen, now=self.now)
        zones = {hotel.zone for hotel in self.managed}
        shown = found.messages[:REHEARSAL_SHOWN] if found else ()
        return self.get_context_data(
            form=form,
            rehearsal=found,
            rehearsed=True,
            limits=LIMITS.get(AlertKind(values.kind), ""),
            count=len(found.messages) if found else 0,
            sent=[
                (each, what_of(kind=values.kind, job_name=each.job_name, cause=each.cause))
                for each in shown
            ],
            zone=zones.pop() if len(zones) == 1 else ZoneInfo("UTC"),
        )

    def _form(self, data: Any = None) -> RuleForm:
        rule = self.rule
        if rule is not None:
            initial = values_of(rule)
            initial["hotels"] = [hotel.code for hotel in initial["hotels"]]
        else:
            initial = {"emails": [email] if (email := getattr(self.user, "email", "")) else []}
            codes = list(self.managed.values_list("code", flat=True)[:2])
            only = codes[0] if len(codes) == 1 else ""
            initial["hotels"] = [self.request.GET.get("hotel", only)]
            wanted = self.request.GET.get("kind")
            initial["kind"] = wanted if wanted in AlertKind.values else AlertKind.FAILED
        # The channels of the rule's owner: a superuser may change another user's rule.
        owner: Any = rule.owner if rule else self.user
        return RuleForm(
            data, hotels=self.managed, channels=channels_of(user=owner), initial=initial
        )


class DeleteRule(RulePage):
    """`/admin/alerts/rules/<id>/delete/`: what goes with a rule, and the choice to keep it."""

    title = _("Delete alert rule")
    template_name = "jobs/console/alerts/delete_rule.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers of its alerts."""
        found = Alert.objects.filter(rule=self.rule).aggregate(
            all=Count("pk"), open=Count("pk", filter=Q(closed_at=None))
        )
        return super().get_context_data(alerts=found["all"], open_alerts=found["open"], **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Delete the rule, or with `keep` switch it off; then return to the list."""
        rule = self.rule
        assert rule is not None
        act: dict[str, Any] = {"rule": rule, "by": self.user, "via": Via.ADMIN, "now": self.now}
        try:
            if "keep" in request.POST:
                switch_off_rule(**act)
                messages.success(request, gettext("Rule switched off."))
            else:
                delete_rule(**act)
                messages.success(request, gettext("Rule deleted."))
        except AlertRule.DoesNotExist:
            raise Http404 from None
        return redirect("jobs:alert-rules")


@method_decorator(sensitive_post_parameters("address"), name="dispatch")
class Channels(AlertsPage):
    """`/admin/alerts/channels/`: the user's chat channels, and the form for another one."""

    title = _("Chat channels")
    template_name = "jobs/console/alerts/channels.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the channels, the form and the services."""
        context = {
            "form": ChannelForm(),
            "channels": channels_of(user=self.user),
            "services": [(f"{scheme}://", name) for scheme, name in SERVICES.items()],
        }
        return super().get_context_data(**context | kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the channel, or show what is wrong; the address is never shown again."""
        form = ChannelForm(request.POST)
        if form.is_valid():
            try:
                create_channel(owner=self.user, via=Via.ADMIN, now=self.now, **form.cleaned_data)
            except ActionRefused as refusal:
                form.add_error("address", str(refusal))
            else:
                messages.success(request, gettext("Channel added. Send a test."))
                return redirect("jobs:alert-channels")
        return self.render_to_response(self.get_context_data(form=form))


class _ChannelAction(AlertsPage):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry out the action; raises Http404 unless the channel is the user's own."""
        found = channels_of(user=self.user).filter(public_id=kwargs["public_id"]).first()
        if found is None:
            raise Http404
        messages.success(request, self.carry_out(found))
        return redirect("jobs:alert-channels")

    def carry_out(self, channel: ChatChannel) -> str:
        """Carry out the action; return what was done."""
        raise NotImplementedError


class TestChannel(_ChannelAction):
    """Send a test message."""

    __test__ = False  # no class of tests

    def carry_out(self, channel: ChatChannel) -> str:
        """Store the message."""
        send_test(channel=channel, by=self.user, now=self.now)
        return gettext("The test message is sent within a minute.")


class DeleteChannel(_ChannelAction):
    """Delete a channel."""

    def carry_out(self, channel: ChatChannel) -> str:
        """Delete it."""
        delete_channel(channel=channel, by=self.user, via=Via.ADMIN, now=self.now)
        return gettext("Channel deleted.")
