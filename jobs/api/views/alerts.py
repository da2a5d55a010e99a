"""Views of alert rules and of alerts."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.http.access import token_of
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.problem import Conflict, WrongParameters
from hotels.http.view_sets import ApiGenericViewSet
from hotels.models import Hotel
from hotels.roles import Action
from jobs.alerts.access import alerts_of, rules_of
from jobs.alerts.alert_items import acknowledge_with_item, snooze_with_item
from jobs.alerts.rules import RuleInvalid, RuleValues, delete_rule, save_rule, values_of
from jobs.api.schema import alerts as describe
from jobs.api.serializers.alerts import (
    AcknowledgeSerializer,
    AlertDetailSerializer,
    AlertRuleChangeSerializer,
    AlertRuleSerializer,
    AlertSerializer,
    NewAlertRuleSerializer,
    SnoozeSerializer,
    channels_by_id,
)
from jobs.models import Alert, AlertRule


class _AlertViewSet(ApiGenericViewSet):
    lookup_field = "public_id"
    pagination_class = OffsetPagination

    @property
    def reach(self) -> dict[str, Any]:
        """User and access; a token limited to hotels reaches no rule."""
        token = token_of(self.request)
        personal = token is None or not token.limited
        return {"user": self.current_user, "access": self.access, "personal": personal}

    @property
    def actor(self) -> dict[str, Any]:
        """The caller, for the audit trail."""
        return {"by": self.current_user, "via": Via.API, "now": timezone.now()}


@describe.rules
class AlertRuleViewSet(_AlertViewSet):
    """The caller's alert rules."""

    queryset = AlertRule.objects.all()
    serializer_class = AlertRuleSerializer
    page_key = "alertRules"
    needs: ClassVar[dict[str, Action]] = dict.fromkeys(
        ("list", "create", "retrieve", "partial_update", "destroy"), Action.CONFIGURE
    )
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def list(self, request: Request) -> Response:
        """A page of rules."""
        page = self.paginate_queryset(self._rows().order_by("pk"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def create(self, request: Request) -> Response:
        """Add a rule."""
        if not self.reach["personal"]:
            raise PermissionDenied("A token that is limited to hotels adds no rules.")
        body = NewAlertRuleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self._save(None, dict(body.validated_data), status=201)

    def retrieve(self, request: Request, public_id: uuid.UUID) -> Response:
        """One rule."""
        return Response(self.get_serializer(self._rule(public_id)).data)

    def partial_update(self, request: Request, public_id: uuid.UUID) -> Response:
        """Change a rule."""
        rule = self._rule(public_id)
        body = AlertRuleChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self._save(rule, dict(body.validated_data), status=200)

    def destroy(self, request: Request, public_id: uuid.UUID) -> Response:
        """Delete a rule with its alerts."""
        try:
            delete_rule(rule=self._rule(public_id), **self.actor)
        except AlertRule.DoesNotExist:
            raise Http404 from None
        return Response(status=204)

    def _rows(self) -> Any:
        lists = ("hotels", "channels", "escalation_channels")
        return rules_of(**self.reach).prefetch_related(*lists)

    def _rule(self, public_id: uuid.UUID) -> AlertRule:
        found: AlertRule | None = self._rows().filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def _save(self, rule: AlertRule | None, given: dict[str, Any], *, status: int) -> Response:
        owner_id = rule.owner_id if rule else self.current_user.pk
        if "hotel_ids" in given:
            given["hotels"] = self._managed(given.pop("hotel_ids"))
        for name in ("channel", "escalation_channel"):
            if f"{name}_ids" in given:
                field = "channelIds" if name == "channel" else "escalationChannelIds"
                ids = given.pop(f"{name}_ids")
                given[f"{name}s"] = channels_by_id(ids, owner_id=owner_id, field=field)
        values = RuleValues(**(values_of(rule) if rule else {}) | given)
        site = self.request.build_absolute_uri("/").rstrip("/")
        try:
            row = save_rule(values=values, rule=rule, site=site, **self.actor)
        except RuleInvalid as invalid:
            raise ValidationError({invalid.field: [str(invalid)]}) from None
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        except AlertRule.DoesNotExist:
            raise Http404 from None
        return Response(self.get_serializer(row).data, status=status)

    def _managed(self, ids: Any) -> Any:
        """The hotels; raises Http404 unless the caller manages them all."""
        rows = self.access.narrow(Hotel.objects.filter(pk__in=ids), action=Action.CONFIGURE)
        found = list(rows)
        if len(found) != len(set(ids)):
            raise Http404
        return found


@describe.alerts
class AlertViewSet(_AlertViewSet):
    """Alerts of the caller's rules, and of others in hotels the caller manages."""

    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    page_key = "alerts"
    needs: ClassVar[dict[str, Action]] = dict.fromkeys(
        ("list", "retrieve", "acknowledge", "snooze"), Action.CONFIGURE
    )
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE | {"open"}}

    def list(self, request: Request) -> Response:
        """A page of alerts."""
        rows = alerts_of(**self.reach).select_related("rule").order_by("-opened_at", "-pk")
        wanted = request.query_params.get("open")
        if wanted not in (None, "true", "false"):
            raise WrongParameters({"open": ["Must be true or false."]})
        if wanted is not None:
            rows = rows.filter(closed_at__isnull=wanted == "true")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, public_id: uuid.UUID) -> Response:
        """One alert with its hotels."""
        return self._shown(self._alert(public_id))

    def acknowledge(self, request: Request, public_id: uuid.UUID) -> Response:
        """Acknowledge an alert."""
        alert = self._alert(public_id)
        body = AcknowledgeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            acknowledge_with_item(
                alert=alert, note=body.validated_data["note"], access=self.access, **self.actor
            )
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        return self._shown(self._alert(public_id))

    def snooze(self, request: Request, public_id: uuid.UUID) -> Response:
        """Snooze an alert."""
        alert = self._alert(public_id)
        body = SnoozeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actor = self.actor
        until = actor["now"] + timedelta(minutes=body.validated_data["minutes"])
        try:
            snooze_with_item(alert=alert, until=until, access=self.access, **actor)
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        return self._shown(self._alert(public_id))

    def _alert(self, public_id: uuid.UUID) -> Alert:
        rows = alerts_of(**self.reach).select_related("rule")
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def _shown(self, alert: Alert) -> Response:
        context = self.get_serializer_context()
        return Response(AlertDetailSerializer(alert, context=context).data)
