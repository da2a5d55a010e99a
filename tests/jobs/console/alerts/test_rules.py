"""The pages of rules and chat channels."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hotels.models import AuditEntry, ChatChannel, Hotel, Message
from jobs.base import Job
from jobs.models import Alert, AlertRule, Status
from tests.hotels.console.reading import text_of
from tests.jobs.alerts.rules import rule_of
from tests.jobs.console.books import ended

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("greetings")]
RULES = "/admin/alerts/rules/"
CHANNELS = "/admin/alerts/channels/"


def form(**changed: Any) -> dict[str, Any]:
    given = {
        "name": "Night",
        "kind": "failed",
        "enabled": "on",
        "all_hotels": "on",
        "times": "1",
        "factor": "3",
        "minutes": "30",
        "open_at": "1",
        "close_after": "0",
        "recovery": "on",
        "emails": "ops@hotels.example, night@hotels.example",
    }
    return given | changed


def test_a_rule_is_added_and_changed(manager: Client, owner: User) -> None:
    manager.post(f"{RULES}add/", form())
    rule = AlertRule.objects.get()
    assert rule.emails == ["ops@hotels.example", "night@hotels.example"]
    assert (rule.owner, rule.site) == (owner, "http://testserver")

    shown = manager.get(f"{RULES}{rule.public_id}/").content.decode()
    assert "\nops@hotels.example\nnight@hotels.example</textarea>" in shown
    manager.post(f"{RULES}{rule.public_id}/", form(name="Late night", quiet_from="22:00"))
    assert AlertRule.objects.get().name == "Night"  # the quiet hours have no end
    manager.post(f"{RULES}{rule.public_id}/", form(name="Late night"))
    assert AlertRule.objects.get().name == "Late night"
    assert "Late night" in manager.get(RULES).content.decode()


def test_the_form_names_the_kinds_that_use_a_field_and_ticks_the_only_hotel(
    manager: Client, hotel: Hotel
) -> None:
    shown = manager.get(f"{RULES}add/").content.decode()

    (times,) = re.findall(r'data-kinds="([^"]*)">\s*<label for="id_times"', shown)
    assert times == "failed"
    assert re.search(f'value="{hotel.code}"[^>]* checked', shown)
    assert 'data-unless="all_hotels"' in shown


def test_the_form_says_what_a_rule_about_workers_does_without_the_queue(
    manager: Client, settings: Any
) -> None:
    def note() -> str:
        shown = manager.get(f"{RULES}add/").content.decode()
        (text,) = re.findall(r'<p class="help" data-kinds="worker">([^<]*)</p>', shown)
        return str(text)

    assert "a rule about them sends nothing" in note()
    settings.JOBS_EXECUTOR = "queue"
    assert "opens when none is at work, even if nothing waits" in note()


def test_a_rule_is_rehearsed_before_it_is_saved(
    manager: Client, hotel: Hotel, greetings: Job
) -> None:
    at = timezone.now() - timedelta(days=3)
    ended(hotel, at, job_name=greetings.name, status=Status.FAILED)

    shown = text_of(manager.post(f"{RULES}add/", form(rehearse="1")))

    assert "This rule would have sent 1 message." in shown
    assert "Greetings failed: The lobby is closed" in shown
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("overbooked", "Taken from the results of the availability recalculation"),
        ("tick", "Ticks are not stored."),
        ("worker", "Which workers there were is not stored"),
        ("digest", "The digest is sent once a day"),
    ],
)
def test_the_rehearsal_says_what_of_the_past_is_not_stored(
    manager: Client, kind: str, words: str
) -> None:
    shown = text_of(manager.post(f"{RULES}add/", form(kind=kind, rehearse="1", digest_at="07:00")))

    assert words in shown


def test_rules_of_others_and_hotels_of_others_are_not_found(
    outsider: Client, owner: User, hotel: Hotel
) -> None:
    rule = rule_of(owner)

    assert outsider.get(f"{RULES}{rule.public_id}/").status_code == 404
    assert outsider.post(f"{RULES}{rule.public_id}/delete/").status_code == 404
    body = form(hotels=hotel.code)
    del body["all_hotels"]
    outsider.post(f"{RULES}add/", body)
    assert AlertRule.objects.count() == 1


@pytest.fixture
def rule(owner: User) -> AlertRule:
    """A rule with two alerts, one of them open."""
    found = rule_of(owner)
    now = timezone.now()
    found.alerts.create(group="a", opened_at=now)
    found.alerts.create(group="b", opened_at=now, closed_at=now)
    return found


def test_a_rule_is_deleted_after_the_page_has_said_what_goes_with_it(
    manager: Client, rule: AlertRule
) -> None:
    address = f"{RULES}{rule.public_id}/delete/"
    assert address in manager.get(RULES).content.decode()

    shown = text_of(manager.get(address))
    assert "2 alerts are deleted with this rule" in shown
    assert "1 is open: no message says that it is over." in shown

    manager.post(address)
    assert not AlertRule.objects.exists()
    assert not Alert.objects.exists()
    assert AuditEntry.objects.get().verb == "delete"


def test_a_rule_that_is_switched_off_instead_keeps_its_alerts(
    manager: Client, rule: AlertRule
) -> None:
    address = f"{RULES}{rule.public_id}/delete/"

    manager.post(address, {"keep": "1"})

    assert not AlertRule.objects.get().enabled
    assert Alert.objects.filter(closed_at__isnull=False).count() == 2
    assert AuditEntry.objects.get().verb == "change"
    assert "Switch off instead" not in text_of(manager.get(address))


def test_a_channel_is_added_tested_and_never_shows_its_address(
    manager: Client, outsider: Client
) -> None:
    manager.post(CHANNELS, {"name": "Night", "address": "ntfy://s3cret-topic"})
    channel = ChatChannel.objects.get()
    manager.post(f"{CHANNELS}{channel.public_id}/test/")

    shown = manager.get(CHANNELS).content.decode()
    assert "ntfy.sh" in shown
    assert "s3cret" not in shown
    assert Message.objects.get().destination == channel.destination
    assert outsider.post(f"{CHANNELS}{channel.public_id}/delete/").status_code == 404
    manager.post(f"{CHANNELS}{channel.public_id}/delete/")
    assert not ChatChannel.objects.exists()


def test_a_refused_address_is_not_shown_again(manager: Client) -> None:
    shown = manager.post(CHANNELS, {"name": "Night", "address": "json://10.0.0.1/s3cret"})

    assert not ChatChannel.objects.exists()
    assert "Use the address of one of these services" in shown.content.decode()
    assert "s3cret" not in shown.content.decode()
