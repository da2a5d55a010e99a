"""Marks on items of Home: what they cover, and when they end."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hotels.action_items import OVERBOOKED, OVERPAID, UNASSIGNED, ActionItem, action_items
from hotels.errors import ActionRefused
from hotels.models import (
    AuditEntry,
    BookingRoom,
    Hotel,
    HousekeepingTask,
    Invoice,
    Payment,
    RoomAvailability,
    RoomType,
)
from hotels.roles import Access
from jobs.alerts.item_marks import (
    MOST_KEYS,
    delete_settled_marks,
    mark_item,
    marks_of,
    remove_mark,
    split,
)
from jobs.models import ItemMark
from tests.factories import PaymentFactory, RoomFactory, RoomTypeFactory, UserFactory, stay
from tests.hotels.billing.issued import completed, invoice_of
from tests.jobs.services.housekeeping import task_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ARRIVAL = date(2026, 7, 10)
EVERYWHERE = Access(everywhere=True, roles={})


def item(hotel: Hotel, *, keys: Collection[str] = ("4", "5"), **fields: Any) -> ActionItem:
    return ActionItem(
        hotel=hotel,
        kind=UNASSIGNED,
        make_text=lambda: "2 tasks",
        make_url=lambda: "/",
        keys=keys,
        **fields,
    )


def marked(hotel: Hotel, of: ActionItem | None = None, **fields: Any) -> ItemMark:
    values = {"note": "Ana is ill.", "until": None}
    values["by"] = fields.pop("by", None) or UserFactory(username=f"bob{User.objects.count()}")
    return mark_item(item=of or item(hotel), via="ADMIN", now=NOW, **values | fields)


def overbooked(kind: RoomType, day: int) -> RoomAvailability:
    return RoomAvailability.objects.create(
        hotel=kind.hotel,
        room_type=kind,
        date=date(2026, 7, day),
        total_rooms=1,
        out_of_order=0,
        occupied_rooms=2,
        available_rooms=0,
        overbooked_by=1,
        occupancy_rate=100,
        updated_at=NOW,
    )


def deposit_on(room: BookingRoom) -> Payment:
    payment: Payment = PaymentFactory(folio=room.folio, amount=50)
    return payment


def release(payment: Payment) -> None:
    BookingRoom.objects.filter(folio=payment.folio).update(status="CANCELLED")


def money_items(hotel: Hotel) -> list[ActionItem]:
    return action_items(hotels=[hotel], access=EVERYWHERE, now=NOW, kinds=[OVERPAID])


def is_covered(hotel: Hotel, of: ActionItem, *, now: datetime = NOW) -> bool:
    open_, covered = split([of], marks=marks_of(hotels=[hotel], now=now))
    assert len(open_) + len(covered) == 1
    return bool(covered)


@pytest.mark.parametrize(
    ("changed", "covered"),
    [
        ({}, True),
        ({"keys": ("5", "4")}, True),
        ({"keys": ("4",)}, True),
        ({"keys": ("3",)}, False),
        ({"keys": ("5", "3")}, False),
        ({"keys": ("4", "5", "6")}, False),
        ({"keys": ()}, False),
        ({"subject": "other"}, False),
    ],
)
def test_an_item_comes_back_when_it_has_another_object_newer_or_older(
    hotel: Hotel, changed: dict[str, Any], covered: bool
) -> None:
    marked(hotel)

    assert is_covered(hotel, item(hotel, **changed)) is covered


def test_an_item_of_very_many_objects_is_covered_only_as_it_was(hotel: Hotel) -> None:
    keys = [str(n) for n in range(MOST_KEYS + 1)]

    mark = marked(hotel, item(hotel, keys=keys))

    assert len(mark.keys) == 1
    assert is_covered(hotel, item(hotel, keys=keys[::-1]))
    assert not is_covered(hotel, item(hotel, keys=[*keys, "x"]))
    assert not is_covered(hotel, item(hotel, keys=[*keys[1:], "x"]))
    assert not is_covered(hotel, item(hotel, keys=keys[1:]))


def test_a_mark_from_before_objects_were_stored_covers_nothing(hotel: Hotel) -> None:
    ItemMark.objects.create(hotel=hotel, kind="unassigned", marked_at=NOW, marked_by_name="bob")

    assert not is_covered(hotel, item(hotel))
    assert not is_covered(hotel, item(hotel, keys=()))


def test_an_item_comes_back_when_its_snooze_ends(hotel: Hotel) -> None:
    marked(hotel, until=NOW + HOUR)

    assert is_covered(hotel, item(hotel), now=NOW + HOUR - timedelta(seconds=1))
    assert not is_covered(hotel, item(hotel), now=NOW + HOUR)


def test_a_later_mark_replaces_an_earlier_one_and_both_are_in_the_audit_trail(
    hotel: Hotel,
) -> None:
    marked(hotel, until=NOW + HOUR)

    mark = marked(hotel, note="All day", by=UserFactory(username="carol"))

    row = ItemMark.objects.get()
    assert row.pk == mark.pk
    assert (row.marked_by_name, row.note, row.snoozed_until) == ("carol", "All day", None)
    found = AuditEntry.objects.order_by("pk").values_list("verb", "username", "note", "hotel")
    assert list(found) == [
        ("snooze", "bob0", "Ana is ill.", hotel.pk),
        ("acknowledge", "carol", "All day", hotel.pk),
    ]


@pytest.mark.parametrize("hours", [0, -1, 24 * 7 + 1])
def test_a_snooze_lasts_seven_days_at_most(hotel: Hotel, hours: int) -> None:
    with pytest.raises(ActionRefused):
        marked(hotel, until=NOW + hours * HOUR)


def test_an_item_of_another_hotel_is_not_covered(hotel: Hotel) -> None:
    marked(hotel)

    assert not is_covered(hotel, item(RoomFactory().hotel))


def test_a_removed_mark_covers_nothing_and_is_removed_once(hotel: Hotel) -> None:
    mark, user = marked(hotel), UserFactory()

    for _ in range(2):
        remove_mark(mark=mark, by=user, via="ADMIN", now=NOW)  # type: ignore[arg-type]

    assert not is_covered(hotel, item(hotel))
    assert AuditEntry.objects.filter(verb="delete").count() == 1


def test_a_mark_ends_with_its_item_so_that_the_next_one_is_shown(hotel: Hotel) -> None:
    task = task_in(RoomFactory(hotel=hotel), date=hotel.local_date(NOW))
    night = overbooked(RoomTypeFactory(hotel=hotel), 18)
    items = action_items(hotels=[hotel], access=EVERYWHERE, now=NOW)
    assert {each.kind for each in items} == {UNASSIGNED, OVERBOOKED}
    for each in items:
        marked(hotel, each)
    assert delete_settled_marks(now=NOW + HOUR) == 0

    HousekeepingTask.objects.filter(pk=task.pk).update(status="CANCELLED")
    assert delete_settled_marks(now=NOW + HOUR) == 1

    assert ItemMark.objects.get().kind == OVERBOOKED.key
    assert night.overbooked_by


def test_a_mark_forgets_the_objects_that_are_gone_so_that_they_are_shown_again(
    hotel: Hotel,
) -> None:
    today = hotel.local_date(NOW)
    tasks = [task_in(RoomFactory(hotel=hotel), date=today) for _ in range(2)]
    (both,) = action_items(hotels=[hotel], access=EVERYWHERE, now=NOW)
    marked(hotel, both)
    HousekeepingTask.objects.filter(pk=tasks[0].pk).update(status="CANCELLED")

    assert delete_settled_marks(now=NOW + HOUR) == 0

    assert ItemMark.objects.get().keys == [str(tasks[1].pk)]
    assert not is_covered(hotel, both)


def test_a_deposit_left_over_later_is_shown_though_its_folio_is_older(hotel: Hotel) -> None:
    older, newer = (deposit_on(stay(hotel, arrival=ARRIVAL)) for _ in range(2))
    release(newer)
    (one,) = money_items(hotel)
    marked(hotel, one)
    assert is_covered(hotel, one)
    Payment.objects.filter(pk=newer.pk).update(refunded_amount=50, status="REFUNDED")

    release(older)

    (other,) = money_items(hotel)
    assert not is_covered(hotel, other)


def test_more_money_left_over_on_the_same_folio_is_shown(hotel: Hotel) -> None:
    payment = deposit_on(stay(hotel, arrival=ARRIVAL))
    release(payment)
    marked(hotel, *money_items(hotel))

    PaymentFactory(folio=payment.folio, amount=50)

    assert not is_covered(hotel, *money_items(hotel))


def test_an_invoice_overpaid_later_is_shown_though_it_is_older(hotel: Hotel) -> None:
    older, newer = (invoice_of(completed(hotel, 100)) for _ in range(2))

    def overpaid(invoice: Invoice, balance: int) -> ActionItem:
        Invoice.objects.filter(pk=invoice.pk).update(balance=balance, payment_status="OVERPAID")
        (item,) = money_items(hotel)
        return item

    marked(hotel, overpaid(newer, -5))
    assert is_covered(hotel, *money_items(hotel))

    assert not is_covered(hotel, overpaid(newer, -500))
    marked(hotel, *money_items(hotel))
    Invoice.objects.filter(pk=newer.pk).update(balance=0, payment_status="PAID")
    assert not is_covered(hotel, overpaid(older, -5))


def test_an_earlier_overbooked_night_and_another_type_of_the_same_night_are_shown(
    hotel: Hotel,
) -> None:
    kinds = [RoomTypeFactory(hotel=hotel) for _ in range(2)]
    marked_nights = [overbooked(kinds[0], day) for day in (17, 18)]
    (one,) = action_items(hotels=[hotel], access=EVERYWHERE, now=NOW)
    marked(hotel, one)
    assert is_covered(hotel, one)
    marked_nights[0].delete()

    for row in ((kinds[0], 16), (kinds[1], 18)):
        added = overbooked(*row)
        (changed,) = action_items(hotels=[hotel], access=EVERYWHERE, now=NOW)
        assert not is_covered(hotel, changed)
        added.delete()


def test_marks_about_jobs_and_ended_snoozes_are_deleted_when_they_are_old(hotel: Hotel) -> None:
    marked(hotel, until=NOW + HOUR)
    ItemMark.objects.create(hotel=hotel, kind="failed", marked_at=NOW, marked_by_name="bob")

    assert delete_settled_marks(now=NOW + 2 * HOUR) == 1
    assert delete_settled_marks(now=NOW + timedelta(days=401)) == 1
