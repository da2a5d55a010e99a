"""Permissions of every route and method, by role, for own and other hotels.

A new route fails until it is in the table; the `kind` of a route decides who may use it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel, Membership, Payment
from jobs.http_cron.views import METHODS, deliver
from jobs.models import Alert
from tests.factories import (
    FolioFactory,
    HotelFactory,
    InvitationFactory,
    MembershipFactory,
    PaymentFactory,
    UserFactory,
    WebhookEndpointFactory,
    WebhookMessageFactory,
)
from tests.hotels.billing.issued import completed, invoice_of
from tests.hotels.http.clients import Role, client_of
from tests.hotels.notifications.fakes import message_of
from tests.hotels.notifications.webhooks.conftest import KIND
from tests.hotels.notifications.webhooks.conftest import _own_event_type as _own_event_type
from tests.jobs.alerts.rules import manager_of, rule_of
from tests.jobs.api.executions import execution, failed

pytestmark = pytest.mark.django_db

STAFF = [Role.FRONT_DESK, Role.HOUSEKEEPING, Role.MAINTENANCE, Role.VIEWER]
CAST = [
    "superuser",
    *(str(role) for role in Role),
    "outsider",
    "anonymous",
    "read-only token",
    "hotel-limited token",
]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route and method: its kind, path and body for a hotel, and its status on success."""

    kind: str
    path: Callable[[Hotel], str]
    body: Callable[[Hotel], dict[str, Any]] | None = None
    success: int = 200


def url(name: str, **more: Any) -> str:
    return reverse(name, kwargs=more)


def token_in(hotel: Hotel) -> ApiToken:
    return ApiToken.issue(user=MembershipFactory(hotel=hotel).user, hotels=[hotel])[0]


def of_job(name: str) -> Callable[[Hotel], str]:
    return lambda hotel: url(name, pk=execution(hotel, status="PENDING").pk)


def listed(name: str) -> Callable[[Hotel], str]:
    return lambda hotel: f"{url(name)}?hotelId={hotel.pk}"


def always(name: str) -> Callable[[Hotel], str]:
    return lambda hotel: url(name)


def schedule(hotel: Hotel) -> str:
    return url("api:schedule", hotel_id=hotel.pk, job_name="check-no-shows")


def membership(hotel: Hotel) -> str:
    return url("api:membership", pk=MembershipFactory(hotel=hotel).pk)


def invitation(hotel: Hotel) -> str:
    return url("api:invitation", pk=InvitationFactory(hotel=hotel).pk)


TO_A_GUEST = {"channel": "email", "recipient": "ana@x.example", "next_attempt_at": None}


def message(name: str, **columns: Any) -> Callable[[Hotel], str]:
    return lambda hotel: url(name, pk=message_of(hotel, **columns).pk)


def newcomer(hotel: Hotel) -> dict[str, Any]:
    return {"username": UserFactory().username, "hotelId": hotel.pk, "role": "VIEWER"}


def credentials(hotel: Hotel) -> dict[str, Any]:
    return {"username": UserFactory().username, "password": "secret"}


def of_payment(name: str, **fields: Any) -> Callable[[Hotel], str]:
    return lambda hotel: url(name, pk=PaymentFactory(folio__booking__hotel=hotel, **fields).pk)


def other_folio(hotel: Hotel) -> dict[str, Any]:
    """A folio of the booking of a new payment, which the path names afterwards."""
    booking = PaymentFactory(folio__booking__hotel=hotel).folio.booking
    return {"folioId": FolioFactory(booking=booking).pk, "reason": "wrong folio"}


def alert_rule(hotel: Hotel) -> str:
    """The rule of another user."""
    return url("api:alert-rule", public_id=rule_of(manager_of(hotel), hotel).public_id)


def of_alert(name: str) -> Callable[[Hotel], str]:
    def path(hotel: Hotel) -> str:
        now = timezone.now()
        rule = rule_of(manager_of(hotel), hotel)
        alert = Alert.objects.create(rule=rule, group="failed", opened_at=now)
        alert.parts.create(hotel=hotel, since=now)
        return url(name, public_id=alert.public_id)

    return path


def of_endpoint(name: str) -> Callable[[Hotel], str]:
    return lambda hotel: url(f"api:{name}", public_id=WebhookEndpointFactory(hotel=hotel).public_id)


def of_delivery(name: str) -> Callable[[Hotel], str]:
    return lambda hotel: url(
        f"api:{name}", public_id=WebhookMessageFactory(endpoint__hotel=hotel).public_id
    )


TABLE: dict[tuple[str, str], Route] = {
    ("GET", "api:jobs"): Route(kind="see", path=listed("api:jobs")),
    ("HEAD", "api:jobs"): Route(kind="see", path=listed("api:jobs")),
    ("GET", "api:stats"): Route(kind="see", path=listed("api:stats")),
    ("GET", "api:job"): Route(kind="see", path=of_job("api:job")),
    ("GET", "api:effects"): Route(kind="see", path=of_job("api:effects")),
    ("GET", "api:run"): Route(
        kind="see", path=lambda hotel: url("api:run", pk=execution(hotel).run_id)
    ),
    ("POST", "api:retry"): Route(
        kind="manage", path=lambda hotel: url("api:retry", pk=failed(hotel).pk)
    ),
    ("POST", "api:cancel"): Route(kind="manage", path=of_job("api:cancel")),
    ("POST", "api:trigger"): Route(
        kind="manage",
        path=lambda hotel: url("api:trigger", job_name="generate-invoices"),
        body=lambda hotel: {"hotelId": hotel.pk, "dryRun": True},
    ),
    ("GET", "api:schedules"): Route(kind="see", path=listed("api:schedules")),
    ("GET", "api:schedule"): Route(kind="see", path=schedule),
    ("PATCH", "api:schedule"): Route(
        kind="manage", path=schedule, body=lambda hotel: {"enabled": False}
    ),
    ("DELETE", "api:schedule"): Route(kind="manage", path=schedule),
    ("POST", "api:login"): Route(
        kind="open", path=always("api:login"), body=credentials, success=201
    ),
    ("GET", "api:uninvoiced-folios"): Route(kind="see", path=listed("api:uninvoiced-folios")),
    ("GET", "api:invoices"): Route(kind="see", path=listed("api:invoices")),
    ("GET", "api:invoice"): Route(
        kind="see", path=lambda hotel: url("api:invoice", pk=invoice_of(completed(hotel, 10)).pk)
    ),
    ("POST", "api:invoice-credit-notes"): Route(
        kind="charge",
        path=lambda hotel: url("api:invoice-credit-notes", pk=invoice_of(completed(hotel, 10)).pk),
        body=lambda hotel: {"reason": "noise"},
        success=201,
    ),
    ("GET", "api:me"): Route(kind="known", path=always("api:me")),
    ("POST", "api:logout"): Route(kind="known", path=always("api:logout"), success=204),
    ("GET", "api:tokens"): Route(kind="known", path=always("api:tokens")),
    ("DELETE", "api:token"): Route(
        kind="revoke",
        path=lambda hotel: url("api:token", public_id=token_in(hotel).public_id),
        success=204,
    ),
    ("GET", "api:memberships"): Route(kind="administer, no hotel", path=always("api:memberships")),
    ("POST", "api:memberships"): Route(
        kind="superuser", path=always("api:memberships"), body=newcomer, success=201
    ),
    ("GET", "api:membership"): Route(kind="administer", path=membership),
    ("PATCH", "api:membership"): Route(
        kind="administer", path=membership, body=lambda hotel: {"active": False}
    ),
    ("GET", "api:invitations"): Route(kind="administer, no hotel", path=always("api:invitations")),
    ("POST", "api:invitations"): Route(
        kind="administer",
        path=always("api:invitations"),
        body=lambda hotel: {"hotelId": hotel.pk, "role": "VIEWER"},
        success=201,
    ),
    ("DELETE", "api:invitation"): Route(kind="administer", path=invitation, success=204),
    ("GET", "api:messages"): Route(kind="see", path=listed("api:messages")),
    ("GET", "api:message"): Route(kind="see", path=message("api:message")),
    ("POST", "api:resend-message"): Route(
        kind="charge",
        path=message("api:resend-message", status="FAILED", **TO_A_GUEST),
        body=lambda hotel: {},
    ),
    ("POST", "api:cancel-message"): Route(
        kind="charge", path=message("api:cancel-message", channel="email")
    ),
    ("GET", "api:payments"): Route(
        kind="see", path=lambda hotel: url("api:payments", pk=FolioFactory(booking__hotel=hotel).pk)
    ),
    ("POST", "api:payments"): Route(
        kind="charge",
        path=lambda hotel: url("api:payments", pk=FolioFactory(booking__hotel=hotel).pk),
        body=lambda hotel: {"amount": "5", "currency": hotel.currency},
        success=201,
    ),
    ("POST", "api:refunds"): Route(
        kind="charge",
        path=of_payment("api:refunds"),
        body=lambda hotel: {"amount": "5", "reason": "noise"},
    ),
    ("POST", "api:move-payment"): Route(
        kind="charge",
        path=lambda hotel: url("api:move-payment", pk=Payment.objects.latest("pk").pk),
        body=other_folio,
    ),
    ("POST", "api:settle-payment"): Route(
        kind="charge",
        path=of_payment("api:settle-payment", status="AUTHORIZED"),
        body=lambda hotel: {"paid": True, "reason": "terminal report"},
    ),
    ("GET", "api:alert-rules"): Route(kind="manage, no hotel", path=always("api:alert-rules")),
    ("POST", "api:alert-rules"): Route(
        kind="add personal",
        path=always("api:alert-rules"),
        body=lambda hotel: {
            "name": "Night",
            "kind": "failed",
            "hotelIds": [hotel.pk],
            "emails": ["ops@hotels.example"],
        },
        success=201,
    ),
    ("GET", "api:alert-rule"): Route(kind="personal", path=alert_rule),
    ("PATCH", "api:alert-rule"): Route(
        kind="personal", path=alert_rule, body=lambda hotel: {"name": "Day"}
    ),
    ("DELETE", "api:alert-rule"): Route(kind="personal", path=alert_rule, success=204),
    ("GET", "api:alerts"): Route(kind="manage, no hotel", path=always("api:alerts")),
    ("GET", "api:alert"): Route(kind="manage", path=of_alert("api:alert")),
    ("POST", "api:acknowledge-alert"): Route(
        kind="manage", path=of_alert("api:acknowledge-alert"), body=lambda hotel: {"note": "Mine."}
    ),
    ("POST", "api:snooze-alert"): Route(
        kind="manage", path=of_alert("api:snooze-alert"), body=lambda hotel: {"minutes": 5}
    ),
    ("GET", "api:webhook-endpoints"): Route(
        kind="manage, no hotel", path=always("api:webhook-endpoints")
    ),
    ("POST", "api:webhook-endpoints"): Route(
        kind="manage",
        path=always("api:webhook-endpoints"),
        body=lambda hotel: {
            "hotelId": hotel.pk,
            "url": "https://hooks.example/",
            "events": [KIND],
        },
        success=201,
    ),
    ("GET", "api:webhook-endpoint"): Route(kind="manage", path=of_endpoint("webhook-endpoint")),
    ("PATCH", "api:webhook-endpoint"): Route(
        kind="manage",
        path=of_endpoint("webhook-endpoint"),
        body=lambda hotel: {"description": "Accounting"},
    ),
    ("DELETE", "api:webhook-endpoint"): Route(
        kind="manage", path=of_endpoint("webhook-endpoint"), success=204
    ),
    ("POST", "api:rotate-webhook-secret"): Route(
        kind="manage", path=of_endpoint("rotate-webhook-secret")
    ),
    ("POST", "api:test-webhook-endpoint"): Route(
        kind="manage", path=of_endpoint("test-webhook-endpoint"), success=202
    ),
    ("GET", "api:webhook-deliveries"): Route(
        kind="manage, no hotel", path=always("api:webhook-deliveries")
    ),
    ("GET", "api:webhook-delivery"): Route(kind="manage", path=of_delivery("webhook-delivery")),
    ("POST", "api:resend-webhook-delivery"): Route(
        kind="manage", path=of_delivery("resend-webhook-delivery"), success=202
    ),
    ("POST", "api:replay-webhook-deliveries"): Route(
        kind="manage",
        path=always("api:replay-webhook-deliveries"),
        body=lambda hotel: {
            "endpointId": str(WebhookEndpointFactory(hotel=hotel).public_id),
            "since": "2026-07-15T00:00:00Z",
            "until": "2026-07-16T00:00:00Z",
        },
        success=202,
    ),
    ("GET", "api:schema"): Route(kind="known", path=always("api:schema")),
    ("GET", "api:docs"): Route(kind="page", path=always("api:docs")),
    ("GET", "cron"): Route(kind="secret", path=lambda hotel: url("cron", job_name="x")),
    ("POST", "cron"): Route(kind="secret", path=lambda hotel: url("cron", job_name="x")),
}


def expected(*, method: str, route: Route, who: str, own: bool) -> int:
    """Expected status of one request; the rules are in the order of the checks."""
    writes = method not in ("GET", "HEAD")
    reached = who == "superuser" or (own and who not in ("outsider", "anonymous"))
    managers = {"superuser", "ADMIN", "MANAGER", "hotel-limited token", "read-only token"}
    needs = {"manage": managers, "administer": managers - {"MANAGER"}}
    needs["superuser"] = {"superuser"}
    needs["charge"] = managers | {"FRONT_DESK"}
    needs["administer, no hotel"] = needs["administer"]
    needs["manage, no hotel"] = needs["personal"] = managers
    needs["add personal"] = managers - {"hotel-limited token"}
    if route.kind == "open":
        return route.success
    if route.kind == "page":
        return 302  # to the login: a token does not sign in to pages
    if route.kind == "secret" or who == "anonymous":
        return 401
    if route.kind == "known":
        return route.success
    if writes and who == "read-only token":
        return 403
    if route.kind in needs and who not in needs[route.kind]:
        return 403
    if route.kind.endswith(", no hotel"):
        return route.success
    if route.kind == "revoke":  # tokens the caller may not revoke look unknown
        reached = reached and who in managers - {"MANAGER"}
    if route.kind == "personal":  # another user's own look unknown
        reached = who == "superuser"
    return route.success if reached else 404


def routes() -> Iterator[tuple[str, str]]:
    """Method and name of every route below /api, from the URL configuration."""
    resolver = get_resolver()
    for pattern in resolver.url_patterns:
        nested = getattr(pattern, "url_patterns", [pattern])
        prefix = "api:" if str(pattern.pattern) == "api/" and nested != [pattern] else ""
        if not prefix and not str(pattern.pattern).startswith("api/"):
            continue
        for each in nested:
            for method in methods_of(each.callback):
                yield method.upper(), f"{prefix}{each.name}"


def methods_of(view: Any) -> set[str]:
    if actions := getattr(view, "actions", None):
        return set(actions) - ({"head"} if actions.get("head") == actions.get("get") else set())
    if cls := getattr(view, "cls", None):
        return {name for name in cls.http_method_names if hasattr(cls, name)} - {"options", "head"}
    return {method.lower() for method in METHODS} if view is deliver else {"get"}


def test_every_route_is_in_the_table() -> None:
    assert set(routes()) == set(TABLE)


@pytest.fixture
def other(db: None) -> Hotel:
    return HotelFactory()


@pytest.fixture
def client_for(hotel: Hotel, other: Hotel) -> Callable[[str], APIClient]:
    """A function that returns a new client; members belong to `hotel`, outsiders to no hotel."""

    def client(who: str) -> APIClient:
        if who == "superuser":
            return client_of(UserFactory(is_superuser=True))
        if who == "outsider":
            return client_of(UserFactory())
        if who == "anonymous":
            return APIClient()
        if who == "read-only token":
            return client_of(MembershipFactory(hotel=hotel, role=Role.ADMIN).user, read_only=True)
        if who == "hotel-limited token":
            user = MembershipFactory(hotel=other, role=Role.ADMIN).user
            Membership.objects.create(user=user, hotel=hotel, role=Role.ADMIN)
            return client_of(user, hotels=[hotel])
        return client_of(MembershipFactory(hotel=hotel, role=who).user)

    return client


@pytest.fixture(autouse=True)
def _unthrottled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotels.http.throttling._ConfiguredRate.get_rate", lambda self: None)


@pytest.fixture(autouse=True, scope="module")
def _schema_made_once() -> Iterator[None]:
    """Build the schema once: it is the same for all, and these tests check only the access."""
    make = SchemaGenerator.get_schema

    @cache
    def made() -> Any:
        return make(SchemaGenerator(), request=None, public=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SchemaGenerator, "get_schema", lambda *_, **__: made())
        yield


@pytest.mark.parametrize(("method", "name"), sorted(TABLE), ids=lambda part: part)
def test_each_role_may_use_exactly_its_routes(
    method: str,
    name: str,
    hotel: Hotel,
    other: Hotel,
    client_for: Callable[[str], APIClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # All clients call from one address.
    monkeypatch.setattr("hotels.http.attempts.Limit.take", lambda self, ident, *, now: 0)
    route = TABLE[method, name]
    actual, allowed = {}, {}
    for who in CAST:
        client = client_for(who)
        for place in (hotel, other):
            if name == "api:logout":
                client = client_for(who)
            key = who, "own" if place == hotel else "foreign"
            body = route.body(place) if route.body else None
            answer = client.generic(
                method,
                route.path(place),
                **({"data": json.dumps(body), "content_type": "application/json"} if body else {}),
            )
            actual[key] = answer.status_code
            allowed[key] = expected(method=method, route=route, who=who, own=place == hotel)

    assert actual == allowed
