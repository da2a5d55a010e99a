"""Alert rules and alerts over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel
from jobs.alerts.evaluation import evaluate
from jobs.models import Alert, AlertRule, ItemMark, Status
from tests.factories import HotelFactory
from tests.hotels.http.clients import client_with
from tests.jobs.alerts.rules import manager_of, rule_of
from tests.jobs.console.books import ended
from tests.jobs.engine import only_job

pytestmark = pytest.mark.django_db
RULES = "/api/alert-rules"
ALERTS = "/api/alerts"


@pytest.fixture
def owner(hotel: Hotel) -> User:
    return manager_of(hotel)


@pytest.fixture
def client(owner: User) -> APIClient:
    return client_with(ApiToken.issue(user=owner)[1])


def body(hotel: Hotel, **more: Any) -> dict[str, Any]:
    given = {"name": "Night", "kind": "failed", "hotelIds": [hotel.pk], "emails": ["a@x.example"]}
    return given | more


def test_a_rule_is_added_changed_and_deleted(client: APIClient, hotel: Hotel) -> None:
    made = client.post(RULES, body(hotel, quietFrom="22:00", quietUntil="07:00"), format="json")
    assert made.status_code == 201, made.json()
    address = f"{RULES}/{made.json()['id']}"

    changed = client.patch(address, {"enabled": False, "times": 2}, format="json").json()
    assert (changed["enabled"], changed["times"], changed["hotelIds"]) == (False, 2, [hotel.pk])
    assert changed["quietFrom"] == "22:00:00"
    assert client.get(RULES).json()["total"] == 1

    assert client.delete(address).status_code == 204
    assert not AlertRule.objects.exists()


def test_values_that_make_no_sense_are_refused_by_field(client: APIClient, hotel: Hotel) -> None:
    answer = client.post(RULES, body(hotel, emails=[]), format="json")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["emails"]


def test_hotels_of_others_are_not_found(client: APIClient) -> None:
    assert client.post(RULES, body(HotelFactory()), format="json").status_code == 404


def test_alerts_are_listed_acknowledged_and_snoozed(
    client: APIClient, owner: User, hotel: Hotel
) -> None:
    rule_of(owner)
    now = timezone.now()
    with only_job() as job:
        run = ended(hotel, now - timedelta(hours=1), job_name=job.name, status=Status.FAILED)
        evaluate(now=now)
        (listed,) = client.get(ALERTS, {"open": "true"}).json()["alerts"]
        address = f"{ALERTS}/{listed['id']}"

        shown = client.get(address).json()
        assert [each["executionId"] for each in shown["hotels"]] == [run.pk]
        noted = client.post(f"{address}/acknowledge", {"note": "On it."}, format="json").json()
    assert (noted["note"], noted["acknowledgedByName"]) == ("On it.", owner.username)
    assert ItemMark.objects.get().keys == [str(run.pk)]  # the item of Home
    assert client.post(f"{address}/snooze", {"minutes": 30}, format="json").json()["snoozedUntil"]

    Alert.objects.update(closed_at=now)
    assert client.post(f"{address}/acknowledge", {}, format="json").status_code == 409
    assert client.get(ALERTS, {"open": "true"}).json()["total"] == 0


def test_a_token_limited_to_hotels_reaches_no_rule_but_alerts_of_its_hotels(
    owner: User, hotel: Hotel
) -> None:
    rule = rule_of(owner)
    for number, group in enumerate((hotel, HotelFactory())):
        alert = Alert.objects.create(rule=rule, group=str(number), opened_at=timezone.now())
        alert.parts.create(hotel=group, since=timezone.now())
    limited = client_with(ApiToken.issue(user=owner, hotels=[hotel])[1])

    assert limited.get(f"{RULES}/{rule.public_id}").status_code == 404
    assert limited.get(ALERTS).json()["total"] == 1
