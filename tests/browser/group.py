"""Hotels and users of the site that the browser tests use."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID

import time_machine
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from hotels.audit import Via
from hotels.billing.reversals import reverse_charge
from hotels.demo.group import GROUP
from hotels.demo.loading import load_group, load_hotel
from hotels.encryption import encrypt
from hotels.models import FolioLine, Hotel, Invoice, Membership, WebhookEndpoint
from hotels.notifications.webhooks.deliveries import send_test
from hotels.notifications.webhooks.signing import new_secret
from jobs import dispatch, exports
from jobs.demo.history import DemoHistory, load_past_group
from jobs.exports import ExportFilters
from jobs.models import (
    Alert,
    AlertPart,
    AlertRule,
    ExecutionExport,
    JobSchedule,
    PreviewRequest,
    Tick,
)
from jobs.scheduling.changes import delete_schedule

PASSWORD = "of-the-browser-and-no-secret"
Role = Membership.Role
# Each of these hotels belongs to one test; it has data and no executions yet.
TEST_HOTELS = {
    "harbour": "Harbour House",
    "garden": "Garden Court",
    "meadow": "Meadow House",
    "flooded": "Lower Mill",
    "slow": "Slow Boat Inn",
    "hidden": "Backwater Lodge",
    "unrun": "Brand New Hotel",
}
CHAIN = 500
MEMBERSHIPS: Mapping[str, Mapping[str, str]] = {
    "manager": {"lisbon": Role.MANAGER, "tokyo": Role.MANAGER, "new-york": Role.VIEWER},
    "viewer": {"lisbon": Role.VIEWER},
    "administrator": {plan.code: Role.ADMIN for plan in GROUP},
    "outsider": {"harbour": Role.MANAGER},
    **{f"owner of {code}": {code: Role.MANAGER} for code in TEST_HOTELS},
    "head of the chain": {f"chain-{n:03d}": Role.MANAGER for n in range(CHAIN)},
}


OFFICE = ("manager", "administrator")
OF_THE_GROUP = {*OFFICE, "viewer"}


def hotel(code: str) -> Hotel:
    """Return a hotel by its code."""
    return Hotel.objects.get(code=code)


def bare() -> None:
    """Create the tables and a superuser without hotels."""
    call_command("migrate", verbosity=0)
    User.objects.create(
        username="superuser", is_staff=True, is_superuser=True, password=make_password(PASSWORD)
    )


def build(*, morning: datetime, nights: int) -> dict[str, str]:
    """Create all hotels and users; return their session cookies by username.

    After one night the demo group is as it was loaded, and the tick has run hourly. After more it
    has the history of the demo.
    """
    (_one_night if nights == 1 else _history)(morning=morning, nights=nights)
    with time_machine.travel(morning, tick=True):
        Tick.objects.update(ticked_at=morning)  # on a site a tick comes every minute
        _reverse_an_invoiced_charge(now=morning)
        _add_a_webhook(now=morning)
        _open_an_alert(now=morning)
        _make_previews(now=morning)
        _write_an_export(now=morning)
        for code, name in TEST_HOTELS.items():
            load_hotel(replace(GROUP[0], code=code, name=name), now=morning)
        Hotel.objects.bulk_create(
            Hotel(code=f"chain-{n:03d}", name=f"Chain {n:03d}") for n in range(CHAIN)
        )
        _create_users(MEMBERSHIPS.keys() - OF_THE_GROUP)
        return {user.username: _session(user) for user in User.objects.all()}


def _one_night(*, morning: datetime, nights: int) -> None:
    start = (morning - timedelta(days=nights)).replace(hour=18, minute=5)
    with time_machine.travel(start, tick=True) as clock:
        load_group(now=start)
        _create_users(OF_THE_GROUP)
        while (hour := start + timedelta(hours=1)) < morning:
            start = hour
            clock.move_to(hour)
            call_command("run_due_jobs", stdout=StringIO())


def _history(*, morning: datetime, nights: int) -> None:
    with time_machine.travel(morning, tick=True):
        hotels = load_past_group(now=morning, days=nights)
        _create_users(OF_THE_GROUP)
        manager, administrator = (User.objects.get(username=name) for name in OFFICE)
        offices = {
            each.pk: manager
            if MEMBERSHIPS["manager"].get(each.code) == Role.MANAGER
            else administrator
            for each in hotels
        }
        DemoHistory(hotels=hotels, offices=offices, now=morning, days=nights).make()
        # One schedule that makes no sense at local times.
        own = JobSchedule.objects.get(hotel__code="tokyo", job_name="daily-housekeeping")
        delete_schedule(schedule=own, now=morning, by=administrator)


def _reverse_an_invoiced_charge(*, now: datetime) -> None:
    """Reverse a charge of the first invoice, so that a credit note is proposed."""
    invoice = Invoice.objects.select_related("hotel").earliest("pk")
    charge = FolioLine.objects.filter(document=invoice).earliest("pk")
    reverse_charge(charge, day=invoice.hotel.business_date(now))


def _add_a_webhook(*, now: datetime) -> None:
    """Set up an endpoint of the hotel in Lisbon, with a test event."""
    endpoint = WebhookEndpoint.objects.create(
        hotel=hotel("lisbon"),
        url="https://hooks.hotel.example/in",
        description="Accounting",
        events=["invoice.issued", "no_show.recorded"],
        secret=encrypt(new_secret()),
        created_at=now,
    )
    send_test(endpoint=endpoint, by="demo", via=Via.COMMAND, now=now)


def _open_an_alert(*, now: datetime) -> None:
    """Open an alert of the administrator about two hotels."""
    administrator = User.objects.get(username="administrator")
    rule = AlertRule.objects.create(
        owner=administrator, name="Night", kind="failed", all_hotels=True, created_at=now
    )
    alert = Alert.objects.create(
        rule=rule,
        group="boiler",
        job_name="maintenance-schedule",
        cause="The boiler room is under water.",
        opened_at=now,
    )
    AlertPart.objects.bulk_create(
        AlertPart(alert=alert, hotel=hotel(code), detail=alert.cause, since=now)
        for code in ("lisbon", "tokyo")
    )


def _make_previews(*, now: datetime) -> None:
    """Make previews for the administrator in the first two hotels, as a worker does."""
    request = PreviewRequest.objects.create(
        public_id=UUID(int=1),
        user=User.objects.get(username="administrator"),
        job_name="recalc-availability",
        hotel_ids=[hotel(plan.code).pk for plan in GROUP[:2]],
        created_at=now,
        active_at=now,
    )
    dispatch.make_previews(request_id=request.pk, stop=dispatch.never)


def _write_an_export(*, now: datetime) -> None:
    """Write the file of the administrator's no-show checks, as a worker does."""
    export = ExecutionExport.objects.create(
        public_id=UUID(int=1),
        user=User.objects.get(username="administrator"),
        filters=ExportFilters(job_name="check-no-shows").stored(),
        created_at=now,
        active_at=now,
    )
    exports.write_export(export_id=export.pk, stop=dispatch.never)


def _create_users(names: Iterable[str]) -> None:
    password = User.objects.get(username="superuser").password
    for name in sorted(names):
        roles = MEMBERSHIPS[name]
        user = User.objects.create(username=name, is_staff=True, password=password)
        hotels = Hotel.objects.in_bulk(list(roles), field_name="code")
        Membership.objects.bulk_create(
            Membership(user=user, hotel=hotels[code], role=role) for code, role in roles.items()
        )


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
