"""What jobs and people put into the outbox: the right message, with all its template needs."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from hotels.audit import Via
from hotels.billing.credit import issue_credit_note
from hotels.billing.issuing import issue_invoices
from hotels.billing.mails import document_mails
from hotels.encryption import decrypt
from hotels.memberships.invitations import invite, revoke
from hotels.models import Hotel, Invoice, Membership, Message, NoShowRecord, WorkOrder
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows import manager_actions
from hotels.no_shows.mails import fee_in_words
from hotels.notifications.email.kinds import KINDS
from hotels.notifications.outbox import NewMail, next_guest_hour, queue_mails
from jobs.base import JobContext
from jobs.services.maintenance_scheduler import schedule_maintenance
from tests.factories import (
    MembershipFactory,
    PlanFactory,
    RoomFactory,
    StaffFactory,
    UserFactory,
    stay,
)
from tests.hotels.billing.issued import completed, invoice_of
from tests.hotels.notifications.email.mails import attempt
from tests.jobs.services.no_shows import TODAY, YESTERDAY, check

pytestmark = pytest.mark.django_db
Status = Message.Status
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)


def variables_of(template: str) -> set[str]:
    kind = KINDS[template]
    return {each.name for each in (*kind.variables, *kind.lists)}


def only(template: str) -> Message:
    return Message.objects.get(template=template)


def sent_body(message: Message) -> str:
    attempt(message, now=NOON)
    body: str = mail.outbox[-1].body
    return body


def credit(invoice: Invoice) -> None:
    with transaction.atomic():
        issue_credit_note(invoice=invoice, now=NOON, reason="a complaint")


@pytest.fixture
def record(hotel: Hotel, now: datetime) -> NoShowRecord:
    """A no-show of this morning, of whom nothing was stored in the outbox."""
    room = stay(
        hotel, arrival=YESTERDAY, nights_count=3, room=RoomFactory(hotel=hotel, number="101")
    )
    check(hotel, now)
    return NoShowRecord.objects.get(booking_room=room)


@pytest.mark.parametrize(
    ("decide", "template"),
    [
        (manager_actions.waive, "no-show-waived"),
        (manager_actions.reinstate, "no-show-reinstated"),
    ],
)
def test_a_guest_hears_that_a_manager_changed_a_no_show(
    record: NoShowRecord, now: datetime, decide: Callable[..., Any], template: str
) -> None:
    decide(record=record, user=UserFactory(), now=now)

    message = only(template)
    assert set(message.payload) == variables_of(template)
    assert message.recipient == record.booking_room.booking.guest.email
    assert "100.00" in sent_body(message)


def test_a_notice_that_was_not_sent_yet_is_cancelled(record: NoShowRecord, now: datetime) -> None:
    waiting = NewMail(
        hotel_id=record.hotel_id,
        key=f"no-show:{record.pk}:guest",
        template="no-show",
        audience="guest",
        recipient="ana@guest.example",
    )
    queue_mails([waiting], now=now)

    manager_actions.reinstate(record=record, user=UserFactory(), now=now)

    assert Message.objects.get().status == Status.CANCELLED


@pytest.mark.parametrize(
    ("decide", "template"),
    [(manager_actions.charge, "no-show"), (manager_actions.release, "room-released")],
)
def test_a_guest_hears_what_a_manager_decided(
    hotel: Hotel, now: datetime, decide: Callable[..., Any], template: str
) -> None:
    there = stay(hotel, arrival=YESTERDAY, nights_count=3, status="CHECKED_IN")
    absent = stay(hotel, arrival=YESTERDAY, nights_count=3, booking=there.booking)
    check(hotel, now)

    decide(record=NoShowRecord.objects.get(booking_room=absent), user=UserFactory(), now=now)

    message = only(template)
    assert set(message.payload) == variables_of(template)
    assert sent_body(message)
    assert absent.booking.reference in message.subject


def test_an_invoice_is_sent_with_its_pdf(hotel: Hotel) -> None:
    invoice = invoice_of(completed(hotel, 100))
    queue_mails(document_mails([invoice], hotel=hotel, now=NOON), now=NOON)
    message = only("invoice")

    body = sent_body(message)

    assert set(message.payload) == variables_of("invoice")
    assert invoice.number in body
    (attached,) = mail.outbox[0].attachments
    assert (attached[0], attached[2]) == (f"{invoice.number}.pdf", "application/pdf")
    assert attached[1].startswith(b"%PDF")


def test_an_invoice_for_a_stay_long_ago_is_held_back_for_a_person(hotel: Hotel) -> None:
    invoice = invoice_of(completed(hotel, 100, completed_at=NOON - timedelta(days=61)))
    queue_mails(document_mails([invoice], hotel=hotel, now=NOON), now=NOON)

    message = only("invoice")

    assert message.status == Message.Status.UNDELIVERABLE
    assert message.reason.startswith("The stay ended more than 60 days ago")


def test_more_invoices_take_no_more_queries(
    hotel: Hotel, django_assert_num_queries: Callable[..., Any]
) -> None:
    # In Australia the titles depend on the taxes.
    hotel.timezone, hotel.vat_id = "Australia/Sydney", "51824753556"
    for _ in range(5):
        completed(hotel, 100)
    with transaction.atomic():
        issued = issue_invoices(hotel=hotel, now=NOON)

    with django_assert_num_queries(1):
        assert len(document_mails(issued.invoices, hotel=hotel, now=NOON)) == 5


def test_another_hotels_document_is_not_attached(hotel: Hotel) -> None:
    invoice = invoice_of(completed(hotel, 100))
    queue_mails(document_mails([invoice], hotel=hotel, now=NOON), now=NOON)
    message = only("invoice")
    message.hotel = StaffFactory().hotel

    with pytest.raises(Exception, match="does not exist"):
        attempt(message, now=NOON)


def test_a_credit_note_is_queued_in_the_transaction_that_issues_it(hotel: Hotel) -> None:
    invoice = invoice_of(completed(hotel, 100))

    credit(invoice)

    message = only("credit-note")
    assert set(message.payload) == variables_of("credit-note")
    assert message.payload["invoice"] == invoice.number
    assert message.attachments == [
        {"kind": "invoice-pdf", "id": Invoice.objects.get(kind="CREDIT_NOTE").pk}
    ]


def test_a_payer_without_an_address_is_a_reason(hotel: Hotel) -> None:
    folio = completed(hotel, 100)
    folio.payer.email = ""
    folio.payer.save()

    credit(invoice_of(folio))

    message = only("credit-note")
    assert (message.status, message.reason) == (
        Status.UNDELIVERABLE,
        "No e-mail address is known.",
    )


def test_maintenance_gets_its_orders_and_those_without_an_employee(
    hotel: Hotel, now: datetime
) -> None:
    rui, eva = (
        StaffFactory(hotel=hotel, role="MAINTENANCE", user=UserFactory(email=f"{name}@h.example"))
        for name in ("rui", "eva")
    )
    StaffFactory(hotel=hotel, role="MAINTENANCE")  # no address
    PlanFactory(equipment__hotel=hotel, anchor_date=TODAY)
    own = PlanFactory(equipment__hotel=hotel, anchor_date=date(2027, 1, 1))
    WorkOrder.objects.create(
        hotel=hotel,
        number="WO-1",
        equipment=own.equipment,
        title="Leak",
        due_date=TODAY,
        assignee=rui,
        created_at=now,
    )
    context = JobContext(hotel=hotel, now=now)

    schedule_maintenance(context)

    sizes = {each.recipient: len(each.variables["orders"]) for each in context.mails}
    assert sizes == {"rui@h.example": 2, "eva@h.example": 1}
    assert set(context.mails[0].variables) == variables_of("maintenance-list")
    assert eva.user is not None


@pytest.fixture
def chief(hotel: Hotel) -> Any:
    return MembershipFactory(hotel=hotel, role=Membership.Role.ADMIN).user


def invited(hotel: Hotel, chief: Any, now: datetime, *, recipient: str) -> Any:
    return invite(
        hotel=hotel,
        role="VIEWER",
        recipient=recipient,
        link_of="https://office.example/{}/".format,
        by=chief,
        via=Via.ADMIN,
        now=now,
    )


def test_an_invitation_is_mailed_and_its_link_is_stored_encrypted(
    hotel: Hotel, chief: Any, now: datetime
) -> None:
    made = invited(hotel, chief, now, recipient="ana@new.example")

    message = only("invitation")
    link = f"https://office.example/{made.secret}/"
    assert set(message.payload) == variables_of("invitation")
    assert made.secret not in str(message.payload)
    assert decrypt(message.payload["link"]) == link
    assert link in sent_body(message)


def test_an_invitation_for_a_name_is_not_mailed(hotel: Hotel, chief: Any, now: datetime) -> None:
    invited(hotel, chief, now, recipient="Ana")

    assert not Message.objects.exists()


def test_a_revoked_invitation_is_not_mailed(hotel: Hotel, chief: Any, now: datetime) -> None:
    made = invited(hotel, chief, now, recipient="ana@new.example")

    revoke(invitation=made.invitation, by=chief, via=Via.ADMIN, now=now)

    assert only("invitation").status == Status.CANCELLED


def test_the_mails_of_the_jobs_have_what_their_templates_need(
    hotel: Hotel, now: datetime, mails_of_all_jobs: Iterable[NewMail]
) -> None:
    for each in mails_of_all_jobs:
        assert set(each.variables) == variables_of(each.template), each.template


@pytest.fixture
def mails_of_all_jobs(hotel: Hotel, now: datetime) -> list[NewMail]:
    from jobs.services.housekeeping_round import run_housekeeping_round
    from jobs.services.no_show_checker import check_and_process_no_shows

    StaffFactory(hotel=hotel, user=UserFactory(email="maria@h.example"))
    stay(hotel, arrival=YESTERDAY, nights_count=3)
    stay(
        hotel,
        arrival=YESTERDAY,
        nights_count=3,
        status="CHECKED_IN",
        room=RoomFactory(hotel=hotel, number="7"),
    )
    context = JobContext(hotel=hotel, now=now)
    check_and_process_no_shows(context)
    run_housekeeping_round(context)
    assert {each.template for each in context.mails} == {
        *("no-show", "no-show-digest", "housekeeping-list")
    }
    return list(context.mails)


@pytest.mark.parametrize(
    ("hour", "wanted"),
    [(6, 7), (7, 7), (19, 19), (20, 31), (23, 31)],  # 08:00 in Lisbon is 07:00 UTC in summer
)
def test_guests_hours_are_those_of_the_hotel(hotel: Hotel, hour: int, wanted: int) -> None:
    midnight = datetime(2026, 7, 15, tzinfo=UTC)

    found = next_guest_hour(midnight + timedelta(hours=hour), zone=hotel.zone)

    assert found == midnight + timedelta(hours=wanted)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("NIGHTS", "1", "the price of the first night"),
        ("NIGHTS", "2.00", "the price of the first 2 nights"),
        ("NIGHTS", "1.5", "the price of the nights: 1.5"),
        ("PERCENT", "50", "50\u00a0% of the price of the stay"),
        ("FULL_STAY", "0", "the price of the whole stay"),
        ("FIXED", "80", "a fixed amount"),
        ("NONE", "0", "no fee"),
    ],
)
def test_the_policy_is_written_in_words(kind: str, value: str, words: str) -> None:
    terms = NoShowTerms.from_json(
        {
            "policy": "Flexible",
            "guaranteed": True,
            "releaseTime": "18:00",
            "penaltyType": kind,
            "penaltyValue": value,
            "taxed": True,
            "graceMinutes": 120,
        }
    )

    assert fee_in_words(terms, day_use=False) == words
