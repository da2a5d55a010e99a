"""Actions of the list of no-show records: reinstate, keep, charge, release, waive."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels import audit
from hotels.models import AuditEntry, BookingRoom, Hotel, Membership, NoShowRecord
from hotels.no_shows import rules
from tests.factories import FolioLineFactory, MembershipFactory, RoomFactory, stay
from tests.hotels.admin.books import DAY, NOW, page, record_of
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db
Outcome = NoShowRecord.Outcome
Role = Membership.Role
ACTIONS = ("reinstate", "keep", "charge", "release", "waive")


@pytest.fixture(autouse=True)
def _on_the_day_of_arrival() -> Iterator[None]:
    """A room can only be kept until its departure date has passed."""
    with time_machine.travel(NOW, tick=False):
        yield


def released(hotel: Hotel) -> NoShowRecord:
    """Return the record of a released room that can be reinstated."""
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


def test_a_late_guest_is_reinstated_with_a_note(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = released(hotel)

    confirmed(browser(owner), "reinstate", record)
    record.refresh_from_db()
    assert (record.outcome, record.decided_by) == (Outcome.REVERSED, owner)
    assert record.decision_note == "Late flight"
    assert record.booking_room.status == BookingRoom.Status.CONFIRMED


def test_a_decision_must_be_confirmed(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = released(hotel)

    answer = decide(browser(owner), "reinstate", record)
    assert "note" in answer.context["form"].fields
    assert record.reason in answer.content.decode()
    assert outcome(record) == Outcome.RELEASED


def test_the_note_is_required(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = released(hotel)

    answer = decide(browser(owner), "reinstate", record, confirmed="yes", note=" ")
    assert answer.context["form"].errors["note"]
    assert outcome(record) == Outcome.RELEASED


def test_a_get_request_decides_nothing(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = released(hotel)

    browser(owner).get(
        page("changelist", NoShowRecord),
        {"action": "reinstate", "_selected_action": record.pk, "confirmed": "yes", "note": "x"},
    )
    assert outcome(record) == Outcome.RELEASED


def test_a_refused_record_does_not_stop_the_others(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    good, bad = released(hotel), record_of(stay(hotel, arrival=DAY))

    shown = confirmed(browser(owner), "reinstate", bad, good)
    assert any(str(bad.booking_room) in words and "cannot" in words for words in shown)
    assert (outcome(bad), outcome(good)) == (Outcome.RELEASED, Outcome.REVERSED)


def test_a_waived_fee_is_reversed_on_the_folio(hotel: Hotel, owner: User, browser: Browser) -> None:
    room = stay(hotel, arrival=DAY, status=BookingRoom.Status.NO_SHOW)
    fee = FolioLineFactory(folio=room.folio, category="NO_SHOW_FEE", source_key="fee")
    record = record_of(room, outcome=Outcome.APPLIED, fee_line=fee, fee_amount=fee.gross)

    shown = confirmed(browser(owner), "waive", record)
    assert shown == [f"{room}: fee waived."]
    assert outcome(record) == Outcome.WAIVED
    assert sum(line.gross for line in room.folio.lines.all()) == 0


def test_a_refused_waiver_shows_a_message(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = released(hotel)

    assert "There is no fee to waive" in confirmed(browser(owner), "waive", record)[0]


def test_a_room_waiting_for_a_decision_is_kept(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = record_of(stay(hotel, arrival=DAY), outcome=Outcome.REVIEW)

    confirmed(browser(owner), "keep", record)
    assert outcome(record) == Outcome.REVERSED


@pytest.mark.parametrize(("action", "status"), [("charge", "NO_SHOW"), ("release", "RELEASED")])
def test_a_room_waiting_for_a_decision_is_charged_or_released(
    action: str, status: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = record_of(stay(hotel, arrival=DAY), outcome=Outcome.REVIEW)

    confirmed(browser(owner), action, record)

    record.booking_room.refresh_from_db()
    assert (record.booking_room.status, outcome(record)) == (status, Outcome.REVERSED)


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.ADMIN, {"reinstate", "keep", "charge", "release", "waive"}),
        (Role.MANAGER, {"reinstate", "keep", "charge", "release", "waive"}),
        (Role.FRONT_DESK, {"reinstate", "keep", "charge", "release"}),
        (Role.HOUSEKEEPING, set()),
        (Role.MAINTENANCE, set()),
        (Role.VIEWER, set()),
    ],
)
def test_the_offered_actions_depend_on_the_role(
    role: str, offered: set[str], hotel: Hotel, browser: Browser
) -> None:
    released(hotel)
    person = MembershipFactory(hotel=hotel, role=role).user

    form = browser(person).get(page("changelist", NoShowRecord)).context["action_form"]
    names = {name for name, _ in form.fields["action"].choices} if form else set()
    assert names - {""} == offered


def decidable(hotel: Hotel, action: str) -> NoShowRecord:
    """Return a record to which `action` applies."""
    if action == "reinstate":
        return released(hotel)
    if action in ("keep", "charge", "release"):
        return record_of(stay(hotel, arrival=DAY), outcome=Outcome.REVIEW)
    room = stay(hotel, arrival=DAY, status=BookingRoom.Status.NO_SHOW)
    fee = FolioLineFactory(folio=room.folio, category="NO_SHOW_FEE", source_key="fee")
    return record_of(room, outcome=Outcome.APPLIED, fee_line=fee, fee_amount=fee.gross)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_decision_is_recorded_once(
    action: str, hotel: Hotel, owner: User, browser: Browser
) -> None:
    record = decidable(hotel, action)

    confirmed(browser(owner), action, record)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.username, entry.note) == (action, "owner", "Late flight")
    assert (entry.model, entry.object_id) == ("hotels.noshowrecord", str(record.pk))
    assert (entry.before["outcome"], entry.after["outcome"]) == (record.outcome, outcome(record))


@pytest.mark.parametrize("action", ACTIONS)
def test_a_decision_that_is_refused_or_not_confirmed_is_not_recorded(
    action: str, hotel: Hotel, owner: User, colleague: User, browser: Browser
) -> None:
    record = decidable(hotel, action)

    confirmed(browser(colleague), action, record)
    decide(browser(owner), action, record)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_viewer_decides_nothing(
    action: str, hotel: Hotel, colleague: User, browser: Browser
) -> None:
    record = released(hotel)

    confirmed(browser(colleague), action, record)
    assert outcome(record) == Outcome.RELEASED


def test_an_outsider_decides_nothing(hotel: Hotel, outsider: User, browser: Browser) -> None:
    record = released(hotel)

    confirmed(browser(outsider), "reinstate", record)
    assert outcome(record) == Outcome.RELEASED


def test_a_manager_decides_nothing_in_a_hotel_they_only_view(
    hotel: Hotel, elsewhere: Hotel, owner: User, browser: Browser
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere, role=Role.VIEWER)
    own, seen = released(hotel), released(elsewhere)

    shown = confirmed(browser(owner), "reinstate", own, seen)
    assert any("your role in Elsewhere does not allow this" in words for words in shown)
    assert (outcome(own), outcome(seen)) == (Outcome.REVERSED, Outcome.RELEASED)


def test_a_decision_that_crashes_is_rolled_back(
    hotel: Hotel, owner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = released(hotel)

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", crash)
    with pytest.raises(RuntimeError):
        confirmed(browser(owner), "reinstate", record)
    assert outcome(record) == Outcome.RELEASED


def test_records_are_filtered_by_the_sentences_of_their_rules(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    guaranteed, _other = released(hotel), released(hotel)
    NoShowRecord.objects.filter(pk=guaranteed.pk).update(rule=rules.NO_SHOW)

    answer = browser(owner).get(page("changelist", NoShowRecord), {"rule": rules.NO_SHOW})

    assert list(answer.context["cl"].result_list) == [guaranteed]
    assert "No-show, guaranteed: fee charged under the no-show policy" in answer.content.decode()


def test_a_record_shows_its_rule_as_a_sentence(hotel: Hotel, owner: User, browser: Browser) -> None:
    record = released(hotel)
    NoShowRecord.objects.update(rule=rules.RELEASE)

    shown = browser(owner).get(page("change", record)).content.decode()

    assert "No-show, not guaranteed: released without a fee" in shown
    assert rules.RELEASE not in shown
