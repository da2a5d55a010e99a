"""Rules of the admin forms: roles, staff access, constraints, folios and payments."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels.models import (
    BookingRoom,
    Folio,
    Guest,
    Hotel,
    HousekeepingTask,
    Invoice,
    Membership,
    Payment,
    StaffMember,
    WorkOrder,
)
from tests.factories import (
    FolioFactory,
    HotelFactory,
    MembershipFactory,
    PaymentFactory,
    RoomFactory,
    StaffFactory,
    UserFactory,
    stay,
)
from tests.hotels.admin.books import DAY, form_of, page, rows
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db
Role = Membership.Role


@pytest.fixture
def administrator(hotel: Hotel) -> User:
    return MembershipFactory(hotel=hotel, role=Role.ADMIN).user


def errors(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.context["adminform"].form.errors
    return found


# Roles


@pytest.mark.parametrize(
    ("role", "model", "status"),
    [
        (Role.FRONT_DESK, Guest, 302),
        (Role.FRONT_DESK, BookingRoom, 302),
        (Role.FRONT_DESK, Folio, 302),
        (Role.FRONT_DESK, HousekeepingTask, 403),
        (Role.FRONT_DESK, Hotel, 403),
        (Role.HOUSEKEEPING, HousekeepingTask, 302),
        (Role.HOUSEKEEPING, Guest, 403),
        (Role.MAINTENANCE, WorkOrder, 302),
        (Role.MAINTENANCE, HousekeepingTask, 403),
        (Role.MANAGER, Hotel, 302),
        (Role.MANAGER, Membership, 403),
        (Role.ADMIN, Membership, 302),
    ],
)
def test_a_role_may_change_the_rows_of_its_work(
    role: str, model: Any, status: int, hotel: Hotel, browser: Browser
) -> None:
    person, row = MembershipFactory(hotel=hotel, role=role).user, rows(hotel)[model]

    answer = browser(person).post(page("change", row), _whole(row))
    assert answer.status_code == status, answer.context and errors(answer)


def _whole(row: Any) -> dict[str, Any]:
    data = form_of(row)
    for name in ("eta", "key_issued_at"):
        data.pop(name, None)
    return data


def test_the_front_desk_may_not_delete(hotel: Hotel, browser: Browser) -> None:
    desk = MembershipFactory(hotel=hotel, role=Role.FRONT_DESK).user
    guest = rows(hotel)[Guest]

    assert browser(desk).post(page("delete", guest), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    "model", [BookingRoom, Folio, Payment, HousekeepingTask, WorkOrder], ids=lambda m: m.__name__
)
def test_rows_that_are_cancelled_or_voided_cannot_be_deleted(
    model: Any, hotel: Hotel, superuser: User, browser: Browser
) -> None:
    row = rows(hotel)[model]

    assert browser(superuser).post(page("delete", row), {"post": "yes"}).status_code == 403


# Hotels


def test_only_superusers_add_hotels(administrator: User, superuser: User, browser: Browser) -> None:
    assert browser(administrator).get(page("add", Hotel)).status_code == 403
    assert browser(superuser).get(page("add", Hotel)).status_code == 200


def test_only_superusers_delete_hotels(administrator: User, hotel: Hotel, browser: Browser) -> None:
    assert browser(administrator).get(page("delete", hotel)).status_code == 403


def test_a_manager_changes_settings_but_not_the_code_of_the_hotel(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    code = hotel.code
    data = form_of(hotel, stayover_interval=3, code="other", is_sandbox="on", currency="JPY")

    assert browser(owner).post(page("change", hotel), data).status_code == 302
    hotel.refresh_from_db()
    assert (hotel.stayover_interval, hotel.code) == (3, code)
    assert (hotel.is_sandbox, hotel.currency) == (False, "EUR")


# Staff access


def test_a_superuser_grants_a_role_by_user_name(hotel: Hotel, client_: Client) -> None:
    UserFactory(username="newcomer")

    client_.post(
        page("add", Membership),
        {"user": "newcomer", "hotel": hotel.pk, "role": Role.FRONT_DESK, "active": "on"},
    )
    assert Membership.objects.get(user__username="newcomer").role == Role.FRONT_DESK


def test_an_unknown_user_is_a_field_error(hotel: Hotel, client_: Client) -> None:
    answer = client_.post(
        page("add", Membership), {"user": "nobody", "hotel": hotel.pk, "role": Role.VIEWER}
    )
    assert errors(answer)["user"] == ["No active user has this name."]


def test_a_manager_does_not_promote_themselves(hotel: Hotel, owner: User, browser: Browser) -> None:
    own = Membership.objects.get(user=owner)

    answer = browser(owner).post(page("change", own), {"role": Role.ADMIN, "active": "on"})
    assert answer.status_code == 403
    own.refresh_from_db()
    assert own.role == Role.MANAGER


def test_a_membership_keeps_its_user_and_hotel(
    hotel: Hotel, elsewhere: Hotel, administrator: User, browser: Browser
) -> None:
    MembershipFactory(user=administrator, hotel=elsewhere, role=Role.ADMIN)
    membership = MembershipFactory(hotel=hotel)

    browser(administrator).post(
        page("change", membership),
        {"user": administrator.username, "hotel": elsewhere.pk, "role": Role.VIEWER},
    )
    stored = Membership.objects.get(pk=membership.pk)
    assert (stored.user, stored.hotel, stored.role) == (membership.user, hotel, Role.VIEWER)


def test_a_staff_member_is_linked_only_to_users_of_the_hotel(
    hotel: Hotel, owner: User, outsider: User, browser: Browser
) -> None:
    person = StaffFactory(hotel=hotel)

    answer = browser(owner).post(page("change", person), form_of(person, user=outsider.pk))
    assert "user" in errors(answer)
    assert (
        browser(owner).post(page("change", person), form_of(person, user=owner.pk)).status_code
        == 302
    )
    assert StaffMember.objects.get(pk=person.pk).user == owner


# Constraints


def test_a_duplicate_room_number_is_a_form_error(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    room = RoomFactory(hotel=hotel)

    answer = browser(owner).post(
        page("change", room), form_of(room, number=RoomFactory(hotel=hotel).number)
    )
    assert errors(answer)["__all__"] == ["Room with this Hotel and Number already exists."]


# Housekeeping and maintenance


def test_a_task_assigned_by_hand_is_marked(hotel: Hotel, owner: User, browser: Browser) -> None:
    task = HousekeepingTask.objects.create(
        hotel=hotel,
        room=RoomFactory(hotel=hotel),
        date=DAY,
        kind="DEPARTURE",
        credits=30,
        source="AUTO",
        created_at=timezone.now(),
    )

    person = StaffFactory(hotel=hotel)
    browser(owner).post(page("change", task), form_of(task, assignee=person.pk))
    task.refresh_from_db()
    assert (task.assignee, task.assigned_by_person, task.status) == (person, True, "ASSIGNED")


def test_completing_a_task_sets_the_time(hotel: Hotel, owner: User, browser: Browser) -> None:
    task = rows(hotel)[HousekeepingTask]

    before = timezone.now()
    browser(owner).post(page("change", task), form_of(task, status="DONE"))
    task.refresh_from_db()
    assert before <= task.completed_at <= timezone.now()


def test_a_task_added_by_hand_is_manual(hotel: Hotel, owner: User, browser: Browser) -> None:
    browser(owner).post(
        page("add", HousekeepingTask),
        {"hotel": hotel.pk, "room": RoomFactory(hotel=hotel).pk, "date": "2026-07-15"}
        | {"kind": "STAYOVER", "priority": "LOW", "credits": 20, "status": "PENDING"},
    )
    assert HousekeepingTask.objects.get().source == "MANUAL"


def test_completing_an_order_sets_the_time(hotel: Hotel, owner: User, browser: Browser) -> None:
    order = rows(hotel)[WorkOrder]

    before = timezone.now()
    browser(owner).post(page("change", order), form_of(order, status="COMPLETED"))
    order.refresh_from_db()
    assert before <= order.completed_at <= timezone.now()


# Folios and payments


@pytest.mark.parametrize("status", ["OPEN", "VOID"])
def test_an_invoiced_folio_is_not_reopened_or_voided(
    status: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    folio = rows(hotel)[Invoice].folio
    Folio.objects.filter(pk=folio.pk).update(status="COMPLETED", completed_at=timezone.now())
    folio.refresh_from_db()

    answer = browser(owner).post(page("change", folio), form_of(folio, status=status))
    assert "credit note" in errors(answer)["status"][0]
    (invoice,) = folio.invoices.all()
    assert reverse("hotels:credit-invoice", args=[invoice.pk]) in answer.content.decode()


def test_an_invoice_leads_to_its_credit_note_for_roles_that_may_issue_it(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    invoice = rows(hotel)[Invoice]
    viewer = MembershipFactory(hotel=hotel, role="VIEWER").user
    link = reverse("hotels:credit-invoice", args=[invoice.pk])

    assert link in browser(owner).get(page("change", invoice)).content.decode()
    assert link not in browser(viewer).get(page("change", invoice)).content.decode()


def test_completing_a_folio_sets_the_time(hotel: Hotel, owner: User, browser: Browser) -> None:
    folio = FolioFactory(booking__hotel=hotel)

    before = timezone.now()
    browser(owner).post(page("change", folio), form_of(folio, status="COMPLETED"))
    folio.refresh_from_db()
    assert before <= folio.completed_at <= timezone.now()


def test_a_payment_is_changed_by_actions_only(hotel: Hotel, owner: User, browser: Browser) -> None:
    payment, client = PaymentFactory(folio__booking__hotel=hotel), browser(owner)

    shown = client.get(page("change", payment)).content.decode()

    assert client.post(page("change", payment), {"amount": 1}).status_code == 403
    assert client.post(page("add", Payment), {"amount": 1}).status_code == 403
    assert reverse("hotels:refund-payment", args=[payment.pk]) in shown
    assert reverse("hotels:move-payment", args=[payment.pk]) in shown


def test_a_folio_leads_to_the_actions_on_its_payments(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    payment = PaymentFactory(folio__booking__hotel=hotel, status="AUTHORIZED")

    shown = browser(owner).get(page("change", payment.folio)).content.decode()

    assert reverse("hotels:record-payment", args=[payment.folio_id]) in shown
    assert reverse("hotels:mark-payment-paid", args=[payment.pk]) in shown
    assert reverse("hotels:refund-payment", args=[payment.pk]) not in shown


def test_a_user_who_may_not_take_the_actions_sees_no_links(
    hotel: Hotel, colleague: User, browser: Browser
) -> None:
    payment = PaymentFactory(folio__booking__hotel=hotel)
    client = browser(colleague)

    shown = [client.get(page("change", row)).content.decode() for row in (payment, payment.folio)]

    assert not any("/admin/payments/" in text for text in shown)


# Time zones


def test_an_arrival_time_is_read_in_the_hotels_time_zone(browser: Browser, superuser: User) -> None:
    room = stay(HotelFactory(timezone="Asia/Tokyo"), arrival=DAY)

    browser(superuser).post(
        page("change", room),
        {"adults": 1, "children": 0, "eta_0": "2026-07-15", "eta_1": "23:00:00"}
        | {"nights-TOTAL_FORMS": 0, "nights-INITIAL_FORMS": 0},
    )
    room.refresh_from_db()
    assert room.eta.isoformat() == "2026-07-15T14:00:00+00:00"


# Hotels


@pytest.mark.parametrize("has_rooms", [False, True])
def test_deleting_is_offered_only_for_a_hotel_without_rows_that_are_kept(
    superuser: User, client: Client, has_rooms: bool
) -> None:
    hotel = HotelFactory()
    if has_rooms:
        RoomFactory(hotel=hotel)
    client.force_login(superuser)

    answer = client.get(page("change", hotel))

    assert (page("delete", hotel) in answer.content.decode()) == (not has_rooms)


def test_a_link_skips_the_menu(owner: User, client: Client) -> None:
    client.force_login(owner)

    text = client.get(reverse("admin:index")).content.decode()

    assert text.index('class="skip-link" href="#content"') < text.index('id="content"')
