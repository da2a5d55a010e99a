"""Folios, deposits and messages of the no-show check."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from hotels.models import (
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    Message,
    NoShowPolicy,
    NoShowRecord,
)
from hotels.notifications.outbox import queue_mails
from jobs.base import JobContext
from jobs.services.no_show_checker import NoShowResult, check_and_process_no_shows
from tests.factories import (
    BookingFactory,
    FolioFactory,
    PaymentFactory,
    PolicyFactory,
    stay,
)
from tests.jobs.services.no_shows import TODAY, YESTERDAY, missed, status_of

pytestmark = pytest.mark.django_db

Run = Callable[..., NoShowResult]


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Run:
    """Run the service at `now`, or some time later."""
    return lambda later=timedelta(0): check_and_process_no_shows(
        JobContext(hotel=hotel, now=now + later)
    )


@pytest.fixture
def flexible(hotel: Hotel) -> NoShowPolicy:
    """A policy without guarantee: rooms are held until 18:00."""
    return PolicyFactory(hotel=hotel, guaranteed=False)


class TestFolio:
    def test_the_folio_of_a_no_show_is_completed(self, hotel, run, now) -> None:
        room = missed(hotel)

        run()

        folio = Folio.objects.get(pk=room.folio_id)
        assert (folio.status, folio.completed_at) == ("COMPLETED", now)

    @pytest.mark.parametrize("status", ["CONFIRMED", "TENTATIVE", "CHECKED_IN"])
    def test_a_folio_used_by_another_live_room_stays_open(self, hotel, run, status: str) -> None:
        room = missed(hotel)
        stay(hotel, arrival=TODAY, status=status, folio=room.folio)

        run()

        assert status_of(room) == "NO_SHOW"
        assert Folio.objects.get(pk=room.folio_id).status == "OPEN"

    def test_two_no_shows_that_share_a_folio_complete_it(self, hotel, run) -> None:
        room = missed(hotel)
        missed(hotel, booking=room.booking, folio=room.folio)

        run()

        assert Folio.objects.get().status == "COMPLETED"
        assert FolioLine.objects.filter(folio=room.folio).count() == 2

    def test_a_room_without_a_folio_gets_one_for_its_fee(self, hotel, run) -> None:
        room = missed(hotel, folio=None)

        run()

        folio = Folio.objects.get()
        assert BookingRoom.objects.get(pk=room.pk).folio == folio
        assert (folio.booking, folio.payer, folio.number) == (room.booking, room.booking.guest, 1)
        assert (folio.status, folio.lines.count()) == ("COMPLETED", 1)

    def test_the_fee_goes_to_a_new_folio_if_that_of_the_room_is_closed(
        self, hotel, run, now
    ) -> None:
        booking = BookingFactory(hotel=hotel)
        closed = FolioFactory(booking=booking, number=4, status="COMPLETED", completed_at=now)
        missed(hotel, booking=booking, folio=closed)

        run()

        folio = FolioLine.objects.get().folio
        assert folio != closed
        assert folio.number == 5

    def test_a_completed_folio_is_not_completed_again(self, hotel, run, now) -> None:
        earlier = now - timedelta(days=1)
        room = missed(hotel, price=Decimal(0))
        Folio.objects.update(status="COMPLETED", completed_at=earlier)

        run()

        assert status_of(room) == "NO_SHOW"
        assert Folio.objects.get().completed_at == earlier

    def test_a_deposit_is_applied_to_the_fee(self, hotel, run) -> None:
        room = missed(hotel)
        PaymentFactory(folio=room.folio, amount=Decimal(100), is_deposit=True)

        result = run()

        assert NoShowRecord.objects.get().deposit_surplus == 0
        assert result.attention() == ()

    def test_a_deposit_surplus_needs_attention_and_is_not_refunded(self, hotel, run) -> None:
        room = missed(hotel)
        payment = PaymentFactory(folio=room.folio, amount=Decimal(130), is_deposit=True)

        result = run()

        payment.refresh_from_db()
        assert NoShowRecord.objects.get().deposit_surplus == 30
        assert result.attention() == (f"{room}: Deposit exceeds the fee by 30.00 EUR.",)
        assert (payment.status, payment.refunded_amount) == ("SUCCEEDED", 0)

    def test_an_authorised_payment_is_no_deposit(self, hotel, run) -> None:
        room = missed(hotel)
        PaymentFactory(folio=room.folio, amount=Decimal(500), status="AUTHORIZED")

        run()

        assert NoShowRecord.objects.get().deposit_surplus == 0


class TestDepositOnAFolioWithoutRoom:
    """A deposit received for the booking before its rooms had a folio."""

    @pytest.fixture
    def deposit(self, hotel) -> Folio:
        folio = FolioFactory(booking=BookingFactory(hotel=hotel))
        PaymentFactory(folio=folio, amount=Decimal(130), is_deposit=True)
        return folio

    def test_a_deposit_on_a_folio_without_a_room_is_applied_to_the_fee(
        self, hotel, run, deposit
    ) -> None:
        room = missed(hotel, booking=deposit.booking, folio=None)

        run()

        assert FolioLine.objects.get().folio == deposit
        assert BookingRoom.objects.get(pk=room.pk).folio == deposit
        assert NoShowRecord.objects.get().deposit_surplus == 30

    def test_without_a_fee_the_whole_deposit_is_a_surplus(self, hotel, run, deposit) -> None:
        missed(hotel, booking=deposit.booking, folio=None, price=Decimal(0))

        run()

        assert NoShowRecord.objects.get().deposit_surplus == 130

    def test_the_deposit_of_a_released_room_is_a_surplus(
        self, hotel, run, deposit, flexible
    ) -> None:
        missed(hotel, booking=deposit.booking, folio=None, policy=flexible, price=Decimal(131))

        run()

        assert NoShowRecord.objects.get().deposit_surplus == 130

    def test_the_folio_with_the_deposit_is_used_before_a_new_one(
        self, hotel, run, deposit, now
    ) -> None:
        closed = FolioFactory(booking=deposit.booking, status="COMPLETED", completed_at=now)
        missed(hotel, booking=deposit.booking, folio=closed)

        run()

        assert FolioLine.objects.get().folio == deposit

    def test_the_deposit_of_another_room_is_not_used(self, hotel, run, deposit) -> None:
        missed(hotel, arrival=TODAY, booking=deposit.booking, folio=deposit)
        missed(hotel, booking=deposit.booking, folio=None)

        run()

        assert FolioLine.objects.get().folio != deposit

    def test_if_several_folios_have_a_deposit_the_first_that_pays_the_fee_is_chosen(
        self, hotel, run, deposit
    ) -> None:
        second = FolioFactory(booking=deposit.booking)
        PaymentFactory(folio=second, is_deposit=True)
        missed(hotel, booking=deposit.booking, folio=None)

        result = run()

        assert FolioLine.objects.get().folio == deposit
        assert f"100.00 EUR on folio {second}" in result.attention()[-1]

    def test_a_room_that_needs_a_decision_keeps_its_folio(self, hotel, run, deposit) -> None:
        stay(hotel, arrival=TODAY, status="CHECKED_IN", booking=deposit.booking)
        room = missed(hotel, booking=deposit.booking, folio=None)

        run()

        assert BookingRoom.objects.get(pk=room.pk).folio is None


class TestMails:
    def test_guest_and_front_desk_get_a_message(self, hotel, context) -> None:
        room = missed(hotel)

        check_and_process_no_shows(context)

        desk, guest = context.mails
        assert (desk.template, desk.audience) == ("no-show-digest", "front desk")
        assert desk.recipient == hotel.email
        assert [row["room"] for row in desk.variables["rooms"]] == [str(room)]
        assert (guest.template, guest.audience) == ("no-show", "guest")
        assert guest.recipient == room.booking.guest.email
        assert guest.variables["fee"].replace("\u00a0", " ") == "100.00 EUR"
        assert guest.variables["has_fee"]

    def test_a_guest_without_an_address_gets_a_message_that_says_so(self, hotel, context) -> None:
        missed(hotel, booking=BookingFactory(hotel=hotel, guest__email=""))

        check_and_process_no_shows(context)

        queue_mails(context.mails, now=context.now)
        message = Message.objects.get(audience="guest")
        assert message.status == Message.Status.UNDELIVERABLE
        assert message.reason == "No e-mail address is known."

    def test_a_guest_who_did_not_come_long_ago_is_not_written_to_by_itself(
        self, hotel, context
    ) -> None:
        missed(hotel, arrival=YESTERDAY - timedelta(days=15))

        check_and_process_no_shows(context)

        queue_mails(context.mails, now=context.now)
        message = Message.objects.get(audience="guest")
        assert message.status == Message.Status.UNDELIVERABLE
        assert message.reason.startswith("The arrival was more than 14 days ago")

    def test_the_message_about_a_release_is_one_without_a_fee(
        self, hotel, context, flexible
    ) -> None:
        missed(hotel, policy=flexible)

        check_and_process_no_shows(context)

        assert context.mails[1].template == "room-released"
        assert "fee" not in context.mails[1].variables

    def test_only_the_front_desk_gets_a_message_about_a_decision(self, hotel, context) -> None:
        there = missed(hotel, status="CHECKED_IN")
        missed(hotel, booking=there.booking)

        check_and_process_no_shows(context)

        (mail,) = context.mails
        assert (mail.audience, mail.template) == ("front desk", "no-show-digest")
        assert (mail.variables["to_decide"], mail.variables["decisions"]) == (True, "1")

    def test_the_guests_language_is_used_and_the_hotels_for_staff(self, hotel, context) -> None:
        hotel.language = "pt"
        missed(hotel, booking=BookingFactory(hotel=hotel, guest__language="de-AT"))

        check_and_process_no_shows(context)

        desk, guest = context.mails
        assert (desk.language, guest.language) == ("pt", "de")
        assert guest.variables["fee"].replace("\u00a0", " ") == "100,00 EUR"

    def test_guests_are_written_to_by_day(self, hotel, context) -> None:
        missed(hotel)

        check_and_process_no_shows(context)

        desk, guest = context.mails
        assert desk.not_before is None
        assert guest.not_before is not None
        assert 8 <= guest.not_before.astimezone(hotel.zone).hour < 21

    def test_a_check_that_finds_nothing_writes_to_nobody(self, context) -> None:
        check_and_process_no_shows(context)

        assert context.mails == ()
