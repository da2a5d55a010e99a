"""Audit entries: their content, and that they cannot be changed or deleted."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connection, transaction

from hotels import audit
from hotels.audit import Verb, Via
from hotels.models import AuditEntry, Guest, Hotel, HousekeepingTask, Room
from tests.factories import RoomFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory(username="ana")


@pytest.fixture
def room(hotel: Hotel) -> Room:
    return RoomFactory(hotel=hotel, number="101")


@pytest.fixture
def entry(ana: User, room: Room, now: datetime) -> AuditEntry:
    return audit.record(by=ana, verb=Verb.CHANGE, row=room, now=now)


def stored(entry: AuditEntry) -> AuditEntry:
    return AuditEntry.objects.get(pk=entry.pk)


def sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_entry_stores_user_action_object_hotel_and_time(
    entry: AuditEntry, ana: User, room: Room, hotel: Hotel, now: datetime
) -> None:
    found = stored(entry)

    assert (found.user, found.username, found.at) == (ana, "ana", now)
    assert (found.hotel, found.hotel_name, found.via) == (hotel, str(hotel), "ADMIN")
    assert (found.verb, found.model) == ("change", "hotels.room")
    assert (found.object_id, found.object_label) == (str(room.pk), str(room))


def test_only_changed_fields_are_stored(ana: User, room: Room, now: datetime) -> None:
    before = audit.snapshot(room)
    room.floor = 7

    entry = audit.record(
        by=ana, verb=Verb.CHANGE, row=room, before=before, after=audit.snapshot(room), now=now
    )

    assert (stored(entry).before, stored(entry).after) == ({"floor": before["floor"]}, {"floor": 7})


def test_small_dicts_may_be_given_instead_of_snapshots(
    ana: User, room: Room, now: datetime
) -> None:
    entry = audit.record(
        by=ana, verb=Verb.CHANGE, row=room, before={"x": 1, "y": 2}, after={"x": 1, "y": 3}, now=now
    )

    assert (stored(entry).before, stored(entry).after) == ({"y": 2}, {"y": 3})


def test_a_related_row_is_stored_by_name_and_number(
    ana: User, room: Room, hotel: Hotel, now: datetime
) -> None:
    attendant = StaffFactory(hotel=hotel, name="Rui")
    task = HousekeepingTask(hotel=hotel, room=room, assignee=attendant, date=now.date())

    entry = audit.record(
        by=ana,
        verb=Verb.ASSIGN,
        row=task,
        before={"assignee": None},
        after=audit.snapshot(task),
        now=now,
    )

    assert stored(entry).before["assignee"] is None
    assert stored(entry).after["assignee"] == f"Rui (#{attendant.pk})"


def test_a_deleted_related_row_is_stored_by_its_number(
    ana: User, room: Room, now: datetime
) -> None:
    entry = audit.record(by=ana, verb=Verb.DELETE, row=room, before={"room_type": -1}, now=now)

    assert stored(entry).before == {"room_type": "#-1"}


def test_values_are_stored_as_text(ana: User, room: Room, now: datetime) -> None:
    after = {"amount": Decimal("1.50"), "day": date(2026, 7, 15), "at": now}

    entry = audit.record(by=ana, verb=Verb.ADD, row=room, after=after, now=now)

    expected = {"amount": "1.50", "day": "2026-07-15", "at": "2026-07-15T06:00:00Z"}
    assert stored(entry).after == expected


def test_the_values_set_on_a_new_row_are_stored(ana: User, hotel: Hotel, now: datetime) -> None:
    guest = Guest.objects.create(hotel=hotel, name="Eva", vip=False)

    entry = audit.record(by=ana, verb=Verb.ADD, row=guest, after=audit.snapshot(guest), now=now)

    assert stored(entry).after == {"hotel": f"{hotel} (#{hotel.pk})", "name": "Eva", "vip": False}


def test_of_a_secret_only_the_fact_that_it_changed_is_stored(ana: User, now: datetime) -> None:
    before = audit.snapshot(ana)
    ana.set_password("another")

    entry = audit.record(
        by=ana, verb=Verb.CHANGE, row=ana, before=before, after=audit.snapshot(ana), now=now
    )

    assert (stored(entry).before, stored(entry).after) == ({}, {"password": "changed"})


def test_no_secret_of_a_deleted_row_is_stored(ana: User, now: datetime) -> None:
    entry = audit.record(by=ana, verb=Verb.DELETE, row=ana, before=audit.snapshot(ana), now=now)

    assert "password" not in stored(entry).before


def test_lists_of_related_rows_are_stored_by_name(ana: User, now: datetime) -> None:
    before = audit.snapshot(ana)
    ana.groups.add(Group.objects.create(name="Night shift"))

    entry = audit.record(
        by=ana, verb=Verb.CHANGE, row=ana, before=before, after=audit.snapshot(ana), now=now
    )

    assert stored(entry).after == {"groups": ["Night shift"]}


def test_an_action_outside_a_hotel_has_no_hotel(ana: User, now: datetime) -> None:
    entry = audit.record(by=ana, verb=Verb.ISSUE, row=ana, via=Via.API, now=now)

    assert (stored(entry).hotel, stored(entry).hotel_name) == (None, "")


def test_a_name_without_a_login_is_stored(room: Room, now: datetime) -> None:
    entry = audit.record(by="deploy", verb=Verb.ISSUE, row=room, via=Via.COMMAND, now=now)

    assert (stored(entry).user, stored(entry).username) == (None, "deploy")


def test_one_action_on_many_rows_makes_an_entry_for_each(
    ana: User, hotel: Hotel, now: datetime, queries_of: Any
) -> None:
    rooms = [RoomFactory(hotel=hotel) for _ in range(3)]

    assert queries_of(lambda: audit.record_each(by=ana, verb=Verb.KEEP, rows=rooms, now=now)) == 1
    assert {entry.object_id for entry in AuditEntry.objects.all()} == {str(r.pk) for r in rooms}


def test_recording_is_one_insert(ana: User, room: Room, now: datetime, queries_of: Any) -> None:
    after = {"floor": 3}

    assert (
        queries_of(lambda: audit.record(by=ana, verb=Verb.CHANGE, row=room, after=after, now=now))
        == 1
    )


def test_an_entry_is_kept_when_its_user_is_deleted(entry: AuditEntry, ana: User) -> None:
    ana.delete()

    assert (stored(entry).user, stored(entry).username) == (None, "ana")


def test_an_entry_is_kept_when_its_hotel_is_deleted(ana: User, now: datetime) -> None:
    hotel = Hotel.objects.create(code="gone", name="Gone")
    entry = audit.record(by=ana, verb=Verb.DELETE, row=hotel, now=now)

    hotel.delete()

    assert (stored(entry).hotel, stored(entry).hotel_name) == (None, "Gone")


@pytest.mark.parametrize(
    "change",
    [
        "note = 'x'",
        "username = 'eve'",
        "at = '2026-01-01 00:00:00+00:00'",
        "after = '[]', user_id = NULL",
        "id = id + 1000",
    ],
)
def test_an_entry_cannot_be_changed_by_sql(entry: AuditEntry, ana: User, change: str) -> None:
    with pytest.raises(DatabaseError, match="neither changed nor deleted"):
        sql(f"UPDATE hotels_auditentry SET {change}")


def test_an_entry_cannot_be_assigned_to_another_user(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError, match="neither changed nor deleted"):
        AuditEntry.objects.update(user=UserFactory())


def test_an_entry_cannot_be_moved_to_another_hotel(entry: AuditEntry, hotel: Hotel) -> None:
    other = Hotel.objects.create(code="other", name="Other")

    with pytest.raises(DatabaseError, match="neither changed nor deleted"):
        AuditEntry.objects.update(hotel=other)


def test_an_entry_cannot_be_deleted_by_sql(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError, match="neither changed nor deleted"):
        sql("DELETE FROM hotels_auditentry")


def test_an_unknown_source_is_refused(ana: User, room: Room, now: datetime) -> None:
    with pytest.raises(DatabaseError):
        audit.record(by=ana, verb=Verb.ADD, row=room, via="PIGEON", now=now)  # type: ignore[arg-type]
