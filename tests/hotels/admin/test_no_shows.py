"""Reinstating guests and waiving fees from the list of no-shows."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hotels import audit
from hotels.models import AuditEntry, BookingRoom, Hotel, Membership, NoShowRecord
from tests.factories import FolioLineFactory, MembershipFactory, RoomFactory, stay
from tests.hotels.admin.books import DAY, page, record_of
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db
Outcome = NoShowRecord.Outcome
Role = Membership.Role


def released(hotel: Hotel) -> NoShowRecord:
    """A record of a room given up, whose guest could be taken back."""
    room = stay(hotel, arrival=DAY, room=RoomFactory(hotel=hotel))
    BookingRoom.objects.filter(pk=room.pk).update(status=BookingRoom.Status.RELEASED)
    room.nights.update(released=True)
    return record_of(room)


def decide(client: Client, action: str, *records: NoShowRecord, **data: Any) -> Any:
    chosen = {"action": action, "_selected_action": [record.pk for record in records]}
    return client.post(page("changelist", NoShowRecord), chosen | data, follow=True)


def confirmed(client: Client, action: str, *records: NoShowRecord) -> list[str]:
    answer = decide(client, action, *records, confirmed="yes", note="Late flight")
    return [str(message) for message in answer.context["messages"]]


def outcome(record: NoShowRecord) -> str:
    return NoShowRecord.objects.get(pk=record.pk).outcome


def test_a_guest_who_came_late_is_reinstated_with_a_note(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = released(hotel)

    confirmed(browser(owner), "reinstate", record)
    record.refresh_from_db()
    assert (record.outcome, record.decided_by) == (Outcome.REVERSED, owner)
    assert record.decision_note == "Late flight"
    assert record.booking_room.status == BookingRoom.Status.CONFIRMED


def test_a_decision_is_asked_for_before_it_is_taken(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = released(hotel)

    answer = decide(browser(owner), "reinstate", record)
    assert "note" in answer.context["form"].fields
    assert record.reason in answer.content.decode()
    assert outcome(record) == Outcome.RELEASED


def test_a_decision_without_a_note_is_asked_for_again(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = released(hotel)

    answer = decide(browser(owner), "reinstate", record, confirmed="yes", note=" ")
    assert answer.context["form"].errors["note"]
    assert outcome(record) == Outcome.RELEASED


def test_a_decision_is_not_taken_by_following_a_link(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = released(hotel)

    browser(owner).get(
        page("changelist", NoShowRecord),
        {"action": "reinstate", "_selected_action": record.pk, "confirmed": "yes", "note": "x"},
    )
    assert outcome(record) == Outcome.RELEASED


def test_a_refusal_is_told_and_the_others_go_on(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    good, bad = released(hotel), record_of(stay(hotel, arrival=DAY))

    told = confirmed(browser(owner), "reinstate", bad, good)
    assert any(str(bad.booking_room) in words and "cannot" in words for words in told)
    assert (outcome(bad), outcome(good)) == (Outcome.RELEASED, Outcome.REVERSED)


def test_a_waived_fee_is_taken_off_the_folio(hotel: Hotel, owner: User, browser: Browser) -> None:
    room = stay(hotel, arrival=DAY, status=BookingRoom.Status.NO_SHOW)
    fee = FolioLineFactory(folio=room.folio, category="NO_SHOW_FEE", source_key="fee")
    record = record_of(room, outcome=Outcome.APPLIED, fee_line=fee, fee_amount=fee.gross)

    told = confirmed(browser(owner), "waive", record)
    assert told == [f"{room}: fee waived."]
    assert outcome(record) == Outcome.WAIVED
    assert sum(line.gross for line in room.folio.lines.all()) == 0


def test_a_refused_fee_is_told(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = released(hotel)

    assert "There is no fee to waive" in confirmed(browser(owner), "waive", record)[0]


def test_a_room_left_for_review_is_kept(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = record_of(stay(hotel, arrival=DAY), outcome=Outcome.REVIEW)

    confirmed(browser(owner), "keep", record)
    assert outcome(record) == Outcome.REVERSED


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.ADMIN, {"reinstate", "keep", "waive"}),
        (Role.MANAGER, {"reinstate", "keep", "waive"}),
        (Role.FRONT_DESK, {"reinstate", "keep"}),
        (Role.HOUSEKEEPING, set()),
        (Role.MAINTENANCE, set()),
        (Role.VIEWER, set()),
    ],
)
def test_a_decision_is_offered_to_those_who_may(
    role: str, offered: set[str], hotel: Hotel, browser: Browser
) -> None:
    released(hotel)
    person = MembershipFactory(hotel=hotel, role=role).user

    form = browser(person).get(page("changelist", NoShowRecord)).context["action_form"]
    names = {name for name, _ in form.fields["action"].choices} if form else set()
    assert names - {""} == offered


def decidable(hotel: Hotel, action: str) -> NoShowRecord:
    """A record of which that can be decided."""
    if action == "reinstate":
        return released(hotel)
    if action == "keep":
        return record_of(stay(hotel, arrival=DAY), outcome=Outcome.REVIEW)
    room = stay(hotel, arrival=DAY, status=BookingRoom.Status.NO_SHOW)
    fee = FolioLineFactory(folio=room.folio, category="NO_SHOW_FEE", source_key="fee")
    return record_of(room, outcome=Outcome.APPLIED, fee_line=fee, fee_amount=fee.gross)


@pytest.mark.parametrize("action", ["reinstate", "keep", "waive"])
def test_a_decision_leaves_one_entry_of_the_audit_trail(
    action: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = decidable(hotel, action)

    confirmed(browser(owner), action, record)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.username, entry.note) == (action, "owner", "Late flight")
    assert (entry.model, entry.object_id) == ("hotels.noshowrecord", str(record.pk))
    assert (entry.before["outcome"], entry.after["outcome"]) == (record.outcome, outcome(record))


@pytest.mark.parametrize("action", ["reinstate", "keep", "waive"])
def test_a_decision_not_taken_leaves_none(
    action: str, hotel: Hotel, owner: User, colleague: User, browser: Browser
) -> None:
    record = decidable(hotel, action)

    confirmed(browser(colleague), action, record)
    decide(browser(owner), action, record)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("action", ["reinstate", "keep", "waive"])
def test_a_colleague_who_only_sees_decides_nothing(
    action: str, hotel: Hotel, colleague: User, browser: Browser
) -> None:
    record = released(hotel)

    confirmed(browser(colleague), action, record)
    assert outcome(record) == Outcome.RELEASED


def test_an_outsider_decides_nothing(hotel: Hotel, outsider: User, browser: Browser) -> None:
    record = released(hotel)

    confirmed(browser(outsider), "reinstate", record)
    assert outcome(record) == Outcome.RELEASED


def test_a_manager_of_one_hotel_decides_nothing_in_one_they_only_see(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere, role=Role.VIEWER)
    own, seen = released(hotel), released(elsewhere)

    told = confirmed(browser(owner), "reinstate", own, seen)
    assert any("your role in Elsewhere does not allow it" in words for words in told)
    assert (outcome(own), outcome(seen)) == (Outcome.REVERSED, Outcome.RELEASED)


def test_a_decision_that_crashes_leaves_nothing_half_done(
    hotel: Hotel, owner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = released(hotel)

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", crash)
    with pytest.raises(RuntimeError):
        confirmed(browser(owner), "reinstate", record)
    assert outcome(record) == Outcome.RELEASED
