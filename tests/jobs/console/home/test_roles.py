"""Home and the menu follow the role: attendants and technicians see what concerns their work."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels.models import Hotel, Membership, RoomAvailability
from jobs.models import Status
from tests.factories import MembershipFactory, RoomFactory, RoomTypeFactory
from tests.hotels.console.no_shows.books import to_review
from tests.jobs.console.books import ended
from tests.jobs.services.housekeeping import task_in

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
Role = Membership.Role


@pytest.fixture
def busy_hotel(hotel: Hotel) -> Hotel:
    """A hotel in which every job failed and something of each kind needs attention."""
    now = timezone.now()
    for job in ("daily-housekeeping", "maintenance-schedule", "generate-invoices"):
        ended(hotel, now, job_name=job, status=Status.FAILED)
    to_review(hotel)
    task_in(RoomFactory(hotel=hotel), date=hotel.local_date(now))
    RoomAvailability.objects.create(
        hotel=hotel,
        room_type=RoomTypeFactory(hotel=hotel),
        date=hotel.business_date(now),
        total_rooms=10,
        available_rooms=0,
        overbooked_by=1,
        updated_at=now,
    )
    return hotel


def client_of(hotel: Hotel, role: str) -> Client:
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel, role=role).user)
    return client


@pytest.mark.parametrize(
    ("role", "kinds", "jobs"),
    [
        (Role.HOUSEKEEPING, ["failed", "unassigned"], ["daily-housekeeping"]),
        (Role.MAINTENANCE, ["failed"], ["maintenance-schedule"]),
    ],
)
def test_staff_of_the_floors_see_what_concerns_their_work(
    busy_hotel: Hotel, role: str, kinds: list[str], jobs: list[str]
) -> None:
    page = client_of(busy_hotel, role).get(HOME)

    assert [group.kind.key for group in page.context["groups"]] == kinds
    assert [group.count for group in page.context["groups"]] == [1] * len(kinds)
    assert [card.job.name for card in page.context["cards"]] == jobs


@pytest.mark.parametrize(
    ("role", "decides"), [(Role.MANAGER, True), (Role.FRONT_DESK, True), (Role.VIEWER, False)]
)
def test_decisions_are_listed_for_those_who_may_take_them(
    busy_hotel: Hotel, role: str, decides: bool
) -> None:
    page = client_of(busy_hotel, role).get(HOME)

    kinds = [group.kind.key for group in page.context["groups"]]
    assert ("no-shows" in kinds) is decides
    assert {"failed", "overbooked", "unassigned"} <= set(kinds)
    assert len(page.context["cards"]) == 5


@pytest.mark.parametrize("role", Role.values)
def test_the_menu_leads_to_accounts_no_shows_and_jobs_for_the_office(
    hotel: Hotel, role: str
) -> None:
    page = client_of(hotel, role).get(HOME)

    shown = {
        str(item["link"])
        for group in page.context["sidebar_navigation"]
        for item in group["items"]
        if item["has_permission"]
    }
    office = {
        reverse("admin:hotels_payment_changelist"),
        reverse("admin:hotels_folio_changelist"),
        reverse("hotels:invoices"),
        reverse("hotels:no-shows"),
        reverse("jobs:trends"),
    }
    assert office & shown == (set() if role in {Role.HOUSEKEEPING, Role.MAINTENANCE} else office)
    assert {HOME, reverse("hotels:housekeeping"), reverse("hotels:work-orders")} <= shown
