"""Every admin action of a user makes one audit entry; a refused action makes none.

A new admin, or a new action of an admin, fails here until it is in the tables below.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client, RequestFactory
from django.utils import timezone

from hotels import models
from hotels.admin.audited import RecordedAdmin
from hotels.models import Hotel
from jobs.models import JobExecution, JobSchedule
from tests.factories import UserFactory, stay
from tests.hotels.admin.acts import crash, entries, posted
from tests.hotels.admin.books import DAY, NOW, form_of, page, rows
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db

NO_ROWS = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
SECRET = "a-Long-secret-9"
# Values in which a new row differs from an existing one.
ADDED: dict[type[Model], Callable[[Hotel], dict[str, Any]]] = {
    User: lambda hotel: (
        {"username": "new", "password1": SECRET, "password2": SECRET} | {"usable_password": "true"}
    ),
    Group: lambda hotel: {"name": "Night shift"},
    JobSchedule: lambda hotel: {"job_name": "generate-invoices", "expression": "5 4 * * *"},
    models.CleaningOptOut: lambda hotel: {"date": "2026-07-16"},
    models.Equipment: lambda hotel: {"code": "NEW"},
    models.Folio: lambda hotel: {"number": 9},
    models.Guest: lambda hotel: {"name": "New"},
    models.Hotel: lambda hotel: {"code": "new", "name": "New"},
    models.HotelGroup: lambda hotel: {"name": "New"},
    models.HousekeepingTask: lambda hotel: {"date": "2026-07-20"},
    models.MaintenancePause: lambda hotel: {"end_date": "2026-06-02"},
    models.MaintenancePlan: lambda hotel: {"name": "New"},
    models.Membership: lambda hotel: {"user": UserFactory().username},
    models.NoShowPolicy: lambda hotel: {"name": "New"},
    models.Room: lambda hotel: {"number": "NEW"},
    models.RoomBlock: lambda hotel: {"start_date": "2026-08-01", "end_date": "2026-08-02"},
    models.RoomType: lambda hotel: {"code": "NEW"},
    models.Shift: lambda hotel: {"date": "2026-07-16"},
    models.StaffMember: lambda hotel: {"name": "New"},
    models.WorkOrder: lambda hotel: {"number": "WO-NEW"},
}
CHANGED: dict[type[Model], dict[str, Any]] = {
    User: {"first_name": "Other"},
    Group: {"name": "Other"},
    JobSchedule: {"expression": "6 4 * * *"},
    models.Booking: {"source": "Other"},
    models.BookingRoom: {"adults": 3},
    models.CleaningOptOut: {"reason": "Other"},
    models.Equipment: {"name": "Other"},
    models.Folio: {"status": "VOID"},
    models.Guest: {"name": "Other"},
    models.Hotel: {"name": "Other"},
    models.HotelGroup: {"name": "Other"},
    models.HousekeepingTask: {"reason": "Other"},
    models.MaintenancePause: {"end_date": "2026-06-01"},
    models.MaintenancePlan: {"name": "Other"},
    models.Membership: {"role": "VIEWER"},
    models.NoShowPolicy: {"name": "Other"},
    models.Room: {"floor": 9},
    models.RoomBlock: {"reason": "Other"},
    models.RoomType: {"name": "Other"},
    models.Shift: {"kind": "LEAVE"},
    models.StaffMember: {"name": "Other"},
    models.WorkOrder: {"title": "Other"},
}
# Test module that checks the entries of each action on selected rows.
ACTIONS = {
    (models.NoShowRecord, "charge"): "tests/hotels/admin/test_no_shows.py",
    (models.NoShowRecord, "release"): "tests/hotels/admin/test_no_shows.py",
    (models.NoShowRecord, "reinstate"): "tests/hotels/admin/test_no_shows.py",
    (models.NoShowRecord, "keep"): "tests/hotels/admin/test_no_shows.py",
    (models.NoShowRecord, "waive"): "tests/hotels/admin/test_no_shows.py",
    (JobExecution, "retry"): "tests/jobs/test_audit.py",
    (JobExecution, "cancel"): "tests/jobs/test_audit.py",
}


@pytest.fixture
def may(superuser: User, rf: RequestFactory) -> Callable[[str], set[type[Model]]]:
    """Return the models of which a superuser may add, change or delete rows."""
    request = rf.get("/")
    request.user = superuser

    def of(what: str) -> set[type[Model]]:
        return {
            model
            for model, options in admin.site._registry.items()
            if getattr(options, f"has_{what}_permission")(request)
        }

    return of


def one_of(model: type[Model], hotel: Hotel) -> Model:
    """Create a row of the model, of the hotel if it belongs to one."""
    if model is User:
        return UserFactory(date_joined=NOW)
    if model is Group:
        return Group.objects.create(name="Desk")
    if model is models.HotelGroup:
        return models.HotelGroup.objects.create(name="Chain")
    if model is JobSchedule:
        return JobSchedule.objects.create(
            hotel=hotel,
            job_name="check-no-shows",
            expression="1 2 * * *",
            counts_from=timezone.now(),
            created_at=timezone.now(),
            updated_at=timezone.now(),
        )
    if model is models.Folio:
        return stay(hotel, arrival=DAY).folio  # not invoiced
    return rows(hotel)[model]


def add(client: Client, model: type[Model], hotel: Hotel) -> Model:
    known = {row.pk for row in model._default_manager.all()}
    template = one_of(model, hotel)
    known.add(template.pk)
    known |= {row.pk for row in model._default_manager.all()}
    data = posted(template, **ADDED[model](hotel))
    answer = client.post(page("add", model), data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return model._default_manager.exclude(pk__in=known).get()


def test_every_admin_records_its_actions() -> None:
    unrecorded = {
        model for model, o in admin.site._registry.items() if not isinstance(o, RecordedAdmin)
    }
    assert not unrecorded


def test_every_model_users_may_add_is_in_the_table(may: Callable[[str], set[type[Model]]]) -> None:
    assert may("add") == set(ADDED)


def test_every_model_users_may_change_is_in_the_table(
    may: Callable[[str], set[type[Model]]],
) -> None:
    assert may("change") == set(CHANGED)


def test_every_action_is_in_the_table() -> None:
    actions = {
        (model, name) for model, options in admin.site._registry.items() for name in options.actions
    }
    assert actions == set(ACTIONS)


@pytest.mark.parametrize("model", ADDED, ids=lambda model: model.__name__)
def test_adding_a_row_makes_one_entry(model: type[Model], hotel: Hotel, client_: Client) -> None:
    row = add(client_, model, hotel)

    (entry,) = entries()
    assert entry.verb == ("grant" if model is models.Membership else "add")
    assert (entry.username, entry.model) == ("root", model._meta.label_lower)
    assert (entry.object_id, entry.before) == (str(row.pk), {})
    assert entry.after


@pytest.mark.parametrize("model", CHANGED, ids=lambda model: model.__name__)
def test_changing_a_row_makes_one_entry_with_both_values(
    model: type[Model], hotel: Hotel, client_: Client
) -> None:
    row = one_of(model, hotel)
    (name,) = CHANGED[model]
    before = json.loads(json.dumps(getattr(row, name), default=str))  # as stored: dates are text

    answer = client_.post(page("change", row), posted(row, **CHANGED[model]))

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    (entry,) = entries()
    assert (entry.verb, entry.username, entry.object_id) == ("change", "root", str(row.pk))
    assert (entry.before[name], entry.after[name]) == (before, CHANGED[model][name])


@pytest.mark.parametrize("model", ADDED, ids=lambda model: model.__name__)
def test_deleting_a_row_makes_one_entry(
    model: type[Model], hotel: Hotel, client_: Client, may: Callable[[str], set[type[Model]]]
) -> None:
    row = add(client_, model, hotel)
    gone = client_.post(page("delete", row), {"post": "yes"}).status_code == 302

    assert gone == (model in may("delete"))
    deleted = [e for e in entries() if e.verb in ("delete", "revoke")]
    assert [entry.object_id for entry in deleted] == [str(row.pk)] * gone
    assert all(entry.before and not entry.after for entry in deleted)


@pytest.mark.parametrize("model", CHANGED, ids=lambda model: model.__name__)
def test_a_refused_action_makes_no_entry(
    model: type[Model], hotel: Hotel, colleague: User, browser: Browser
) -> None:
    row, client = one_of(model, hotel), browser(colleague)

    client.post(page("change", row), posted(row, **CHANGED[model]))
    client.post(page("delete", row), {"post": "yes"})
    client.post(page("add", model), posted(row))

    assert entries() == []


def test_a_form_with_an_error_makes_no_entry(hotel: Hotel, owner: User, browser: Browser) -> None:
    guest = one_of(models.Guest, hotel)

    browser(owner).post(page("change", guest), form_of(guest, name=""))

    assert entries() == []


def test_saving_an_unchanged_form_makes_no_entry(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    guest = one_of(models.Guest, hotel)

    browser(owner).post(page("change", guest), form_of(guest))

    assert entries() == []


def test_only_the_changed_fields_are_stored(hotel: Hotel, owner: User, browser: Browser) -> None:
    guest = models.Guest.objects.create(hotel=hotel, name="Eva")

    browser(owner).post(page("change", guest), form_of(guest, phone="123"))

    (entry,) = entries()
    assert (entry.before, entry.after) == ({"phone": ""}, {"phone": "123"})
    assert (entry.hotel, entry.via) == (hotel, "ADMIN")


@pytest.mark.parametrize(
    ("form", "verb", "before", "after"),
    [
        ({"reason": "Leak"}, "change", {"reason": ""}, {"reason": "Leak"}),
        ({"DELETE": "on"}, "delete", {"reason": ""}, {}),
    ],
)
def test_a_row_of_an_inline_has_its_own_entry(
    hotel: Hotel, owner: User, browser: Browser, form: Any, verb: str, before: Any, after: Any
) -> None:
    block = one_of(models.RoomBlock, hotel)
    room = block.room
    inline = {"id": block.pk, "room": room.pk, "kind": block.kind}
    inline |= {"start_date": DAY, "end_date": "2026-07-16"} | form
    data = form_of(room) | {f"blocks-0-{name}": value for name, value in inline.items()}

    browser(owner).post(
        page("change", room), data | {"blocks-TOTAL_FORMS": 1, "blocks-INITIAL_FORMS": 1}
    )

    (entry,) = entries()
    assert (entry.verb, entry.model, entry.object_id) == (verb, "hotels.roomblock", str(block.pk))
    assert entry.after == after
    assert entry.before.get("reason", "") == before["reason"]


def test_a_row_added_in_an_inline_is_recorded(hotel: Hotel, owner: User, browser: Browser) -> None:
    room = one_of(models.Room, hotel)
    models.RoomBlock.objects.all().delete()
    inline = {"kind": "OUT_OF_ORDER", "start_date": DAY, "end_date": "2026-07-16"}
    data = form_of(room) | {f"blocks-0-{name}": value for name, value in inline.items()}

    browser(owner).post(page("change", room), data | {"blocks-TOTAL_FORMS": 1})

    (entry,) = entries()
    assert (entry.verb, entry.model) == ("add", "hotels.roomblock")


def test_rows_deleted_together_have_an_entry_each(
    hotel: Hotel, owner: User, browser: Browser
) -> None:
    guests = [models.Guest.objects.create(hotel=hotel, name=name) for name in "ab"]

    delete_selected(browser(owner), guests)

    assert {entry.object_label for entry in entries("delete")} == {"a", "b"}


def delete_selected(client: Client, chosen: list[Any]) -> None:
    client.post(
        page("changelist", models.Guest),
        {"action": "delete_selected", "post": "yes", "_selected_action": [g.pk for g in chosen]},
    )


def test_a_crash_undoes_both_the_change_and_its_entry(
    hotel: Hotel, owner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = models.Guest.objects.create(hotel=hotel, name="Eva")
    monkeypatch.setattr(RecordedAdmin, "response_change", crash, raising=False)

    with pytest.raises(RuntimeError):
        browser(owner).post(page("change", guest), form_of(guest, name="Other"))

    assert (entries(), models.Guest.objects.get(pk=guest.pk).name) == ([], "Eva")


def test_a_crash_undoes_both_the_deletion_and_its_entries(
    hotel: Hotel, owner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = models.Guest.objects.create(hotel=hotel, name="Eva")
    monkeypatch.setattr(RecordedAdmin, "delete_queryset", crash, raising=False)

    with pytest.raises(RuntimeError):
        delete_selected(browser(owner), [guest])

    assert entries() == []
