"""Every successful change over the API adds one entry to the audit trail, a refused one none.

The tests go through the table of permissions: a new route that writes fails until it is recorded.
"""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from hotels import audit
from hotels.audit import Verb
from hotels.models import ApiToken, AuditEntry, Hotel, Invitation, Membership
from jobs.audit_verbs import JobVerb
from jobs.models import JobExecution, JobSchedule
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.http.clients import Role, client_of
from tests.hotels.notifications.webhooks.conftest import _own_event_type as _own_event_type
from tests.jobs.api.executions import JOB, execution
from tests.jobs.api.test_permissions import TABLE, url

pytestmark = pytest.mark.django_db

VERBS = {
    ("POST", "api:retry"): JobVerb.RETRY,
    ("POST", "api:cancel"): JobVerb.CANCEL,
    ("POST", "api:trigger"): JobVerb.RUN,
    ("PATCH", "api:schedule"): Verb.ADD,
    ("DELETE", "api:schedule"): Verb.DELETE,
    ("POST", "api:login"): Verb.ISSUE,
    ("POST", "api:logout"): Verb.REVOKE,
    ("DELETE", "api:token"): Verb.REVOKE,
    ("POST", "api:memberships"): Verb.GRANT,
    ("POST", "api:invitations"): Verb.INVITE,
    ("DELETE", "api:invitation"): Verb.REVOKE,
    ("PATCH", "api:membership"): Verb.CHANGE,
    ("POST", "api:invoice-credit-notes"): Verb.ISSUE,
    ("POST", "api:payments"): Verb.ADD,
    ("POST", "api:refunds"): Verb.REFUND,
    ("POST", "api:move-payment"): Verb.MOVE,
    ("POST", "api:settle-payment"): Verb.CHANGE,
    ("POST", "api:resend-message"): Verb.RESEND,
    ("POST", "api:webhook-endpoints"): Verb.ADD,
    ("PATCH", "api:webhook-endpoint"): Verb.CHANGE,
    ("DELETE", "api:webhook-endpoint"): Verb.DELETE,
    ("POST", "api:rotate-webhook-secret"): Verb.CHANGE,
    ("POST", "api:test-webhook-endpoint"): Verb.TEST,
    ("POST", "api:resend-webhook-delivery"): Verb.RESEND,
    ("POST", "api:replay-webhook-deliveries"): Verb.RESEND,
    ("POST", "api:cancel-message"): Verb.CANCEL_MESSAGE,
    ("POST", "api:acknowledge-alert"): JobVerb.ACKNOWLEDGE,
    ("POST", "api:snooze-alert"): JobVerb.SNOOZE,
    ("POST", "api:alert-rules"): Verb.ADD,
}
OPEN = {("POST", "api:login"), ("POST", "api:logout")}  # allow every signed-in user
each_route = pytest.mark.parametrize(("method", "name"), sorted(VERBS), ids=lambda part: part)


def prepared(method: str, name: str, hotel: Hotel) -> tuple[str, str]:
    """Path and body of the real change: in the table, the trigger is only a preview."""
    route = TABLE[method, name]
    body = route.body(hotel) if route.body else {}
    body.pop("dryRun", None)
    if (method, name) == ("DELETE", "api:schedule"):
        own_schedule(hotel)
    return route.path(hotel), json.dumps(body)


def send(client: APIClient, method: str, name: str, hotel: Hotel) -> Any:
    path, body = prepared(method, name, hotel)
    return client.generic(method, path, body, content_type="application/json")


def own_schedule(hotel: Hotel) -> None:
    at = execution(hotel).created_at
    JobSchedule.objects.create(
        hotel=hotel,
        job_name="check-no-shows",
        expression="1 2 * * *",
        counts_from=at,
        created_at=at,
        updated_at=at,
    )


@pytest.fixture
def admin(hotel: Hotel) -> APIClient:
    user = UserFactory(username="ana")
    MembershipFactory(hotel=hotel, user=user, role=Role.ADMIN)
    return client_of(user)


def by_whom(name: str, admin: APIClient) -> APIClient:
    """The client of a superuser for the route that only superusers may use."""
    return client_of(UserFactory(is_superuser=True)) if name == "api:memberships" else admin


def test_every_route_that_writes_is_in_the_table() -> None:
    writing = {
        key
        for key, route in TABLE.items()
        # Cron has no user; rules of alerts are their owner's alone, see test_alerts.
        if key[0] not in ("GET", "HEAD") and route.kind not in ("secret", "personal")
    }
    assert writing == set(VERBS)


@each_route
def test_a_successful_change_adds_one_entry(
    method: str, name: str, hotel: Hotel, admin: APIClient
) -> None:
    answer = send(by_whom(name, admin), method, name, hotel)

    assert answer.status_code < 300, answer.content
    logged_in = {Verb.LOG_IN} if name == "api:login" else set()
    (entry,) = AuditEntry.objects.exclude(verb__in=logged_in)
    assert (entry.verb, entry.via) == (VERBS[method, name], "API")
    assert entry.username
    on_tokens = name in ("api:login", "api:logout", "api:token")
    assert entry.hotel == (None if on_tokens else hotel)


@pytest.mark.parametrize(("method", "name"), sorted(VERBS.keys() - OPEN), ids=lambda part: part)
@pytest.mark.parametrize("who", ["viewer", "anonymous", "outsider", "read-only"])
def test_a_refused_change_adds_no_entry(method: str, name: str, who: str, hotel: Hotel) -> None:
    client = {
        "viewer": lambda: client_of(MembershipFactory(hotel=hotel, role=Role.VIEWER).user),
        "anonymous": APIClient,
        "outsider": lambda: client_of(
            MembershipFactory(hotel=HotelFactory(), role=Role.ADMIN).user
        ),
        "read-only": lambda: client_of(
            MembershipFactory(hotel=hotel, role=Role.ADMIN).user, read_only=True
        ),
    }[who]()

    assert send(client, method, name, hotel).status_code in (401, 403, 404)
    assert not AuditEntry.objects.exists()


def test_a_preview_adds_no_entry(hotel: Hotel, admin: APIClient) -> None:
    body = {"hotelId": hotel.pk, "dryRun": True}

    assert admin.post(url("api:trigger", job_name=JOB), body, format="json").status_code == 200
    assert not AuditEntry.objects.exists()


def test_a_repeated_request_adds_one_entry(hotel: Hotel, admin: APIClient) -> None:
    for _ in range(2):
        admin.post(
            url("api:trigger", job_name=JOB),
            {"hotelId": hotel.pk},
            format="json",
            headers={"Idempotency-Key": "one"},
        )

    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("name", ["api:retry", "api:cancel"])
def test_an_impossible_retry_or_cancel_adds_no_entry(
    name: str, hotel: Hotel, admin: APIClient
) -> None:
    done = execution(hotel)

    assert admin.post(url(name, pk=done.pk)).status_code == 409
    assert not AuditEntry.objects.exists()


def test_a_run_is_recorded_on_its_execution(hotel: Hotel, admin: APIClient) -> None:
    admin.post(url("api:trigger", job_name=JOB), {"hotelId": hotel.pk}, format="json")

    entry = AuditEntry.objects.get()
    made = JobExecution.objects.get()
    assert (entry.username, entry.model) == ("ana", "jobs.jobexecution")
    assert (entry.object_id, entry.object_label) == (str(made.pk), str(made))


def test_no_secret_of_a_token_is_recorded(hotel: Hotel, admin: APIClient) -> None:
    answer = send(admin, "POST", "api:login", hotel)

    entry = AuditEntry.objects.get(verb=Verb.ISSUE)
    token = ApiToken.objects.get(public_id=answer.json()["id"])
    kept = json.dumps([entry.before, entry.after, entry.object_id])
    assert token.digest not in kept
    assert answer.json()["token"][:8] not in kept
    assert entry.object_id == str(token.public_id)


def test_a_changed_role_is_recorded_before_and_after(hotel: Hotel, admin: APIClient) -> None:
    member = MembershipFactory(hotel=hotel, role=Role.VIEWER)

    admin.patch(url("api:membership", pk=member.pk), {"role": "MANAGER"}, format="json")

    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"role": "VIEWER"}, {"role": "MANAGER"})


def test_a_change_without_effect_adds_no_entry(hotel: Hotel, admin: APIClient) -> None:
    member = MembershipFactory(hotel=hotel, role=Role.VIEWER)

    admin.patch(url("api:membership", pk=member.pk), {"role": "VIEWER"}, format="json")

    assert not AuditEntry.objects.exists()


@each_route
def test_a_change_that_cannot_be_recorded_is_rolled_back(
    method: str, name: str, hotel: Hotel, admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def crash(*_: Any, **__: Any) -> None:
        asked.append(name)
        raise RuntimeError

    client = by_whom(name, admin)
    path, body = prepared(method, name, hotel)
    before = everything()
    monkeypatch.setattr(audit, "record", crash)
    monkeypatch.setattr(audit, "record_each", crash)

    client.raise_request_exception = False
    client.generic(method, path, body, content_type="application/json")

    assert asked
    assert everything() == before


def everything() -> dict[str, Any]:
    """The rows the routes write; every request notes the last use of its token."""
    ApiToken.objects.update(last_used_at=None)
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (JobExecution, JobSchedule, ApiToken, Membership, Invitation)
    }
