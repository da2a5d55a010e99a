"""The form of a hotel: jobs that are due are settled before it is deactivated or moved."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, Hotel
from jobs.models import DefaultScheduleStart, JobExecution, Status
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory, UserFactory
from tests.hotels.admin.acts import posted
from tests.jobs.engine import only_job, own_schedule

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(UserFactory(is_superuser=True))
    return client


def save(client: Client, hotel: Hotel, **changes: object) -> None:
    url = reverse("admin:hotels_hotel_change", args=[hotel.pk])
    answer = client.post(url, posted(hotel, **changes))
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def test_runs_due_before_a_hotel_is_deactivated_are_opened(root: Client, hotel: Hotel) -> None:
    with only_job(), time_machine.travel(EVENING, tick=False) as clock:
        own_schedule(hotel, "30 18 * * *", clock="UTC")
        open_due(now=EVENING)
        clock.shift(timedelta(hours=1))

        save(root, hotel, active="")

    assert JobExecution.objects.get().status == Status.PENDING
    assert not Hotel.objects.get().active
    assert AuditEntry.objects.get(model="hotels.hotel").after == {"active": False}


def test_a_hotel_follows_default_schedules_from_its_creation_on(root: Client) -> None:
    other = posted(HotelFactory(), code="new", name="New hotel")
    with only_job(), time_machine.travel(EVENING, tick=False):
        answer = root.post(reverse("admin:hotels_hotel_add"), other)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert DefaultScheduleStart.objects.get(hotel__code="new").counts_from == EVENING
