"""The pages of the audit trail, and the users who may see them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hotels import models
from hotels.models import AuditEntry, Hotel
from tests.hotels.admin.acts import posted
from tests.hotels.admin.books import form_of, page, rows
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(hotel: Hotel, owner: User, browser: Browser) -> AuditEntry:
    """The entry of a guest renamed by the owner."""
    guest = models.Guest.objects.create(hotel=hotel, name="Eva")
    browser(owner).post(page("change", guest), form_of(guest, name="Evelyn"))
    return AuditEntry.objects.get()


def text(answer: Any) -> str:
    content: str = answer.content.decode()
    return content


def test_the_list_shows_user_and_object(entry: AuditEntry, owner: User, browser: Browser) -> None:
    shown = text(browser(owner).get(page("changelist", AuditEntry)))

    assert "owner" in shown
    assert (
        f'<a class="underline" href="/admin/hotels/guest/{entry.object_id}/change/">Evelyn</a>'
        in shown
    )


def test_times_are_in_hotel_time_or_say_that_they_are_in_utc(
    entry: AuditEntry, client_: Client
) -> None:
    models.AuditEntry.objects.update(hotel=None)

    shown = text(client_.get(page("changelist", AuditEntry)))

    assert "Time (hotel time)" in shown
    assert "</time> UTC</a>" in shown
    assert "audit entr" in shown


def test_a_deleted_object_has_no_link(
    entry: AuditEntry, hotel: Hotel, owner: User, browser: Browser
) -> None:
    models.Guest.objects.filter(pk=entry.object_id).delete()

    shown = text(browser(owner).get(page("changelist", AuditEntry)))
    assert "Guest Evelyn" in shown
    assert f"/guest/{entry.object_id}/" not in shown


def test_an_entry_shows_the_values_before_and_after(
    entry: AuditEntry, owner: User, browser: Browser
) -> None:
    shown = text(browser(owner).get(page("change", entry)))

    assert '<th scope="row">name</th><td>Eva</td><td>Evelyn</td>' in shown


def test_a_colleague_who_may_not_configure_sees_no_entry(
    entry: AuditEntry, colleague: User, browser: Browser
) -> None:
    client = browser(colleague)

    assert client.get(page("changelist", AuditEntry)).status_code == 403
    assert client.get(page("change", entry)).status_code in (302, 403)


def test_entries_of_a_hotel_the_user_may_only_view_are_not_shown(
    entry: AuditEntry, hotel: Hotel, outsider: User, browser: Browser
) -> None:
    models.Membership.objects.create(user=outsider, hotel=hotel, role="VIEWER")

    shown = browser(outsider).get(page("changelist", AuditEntry)).context["cl"].result_list
    assert shown == []


def test_only_superusers_see_actions_outside_a_hotel(
    owner: User, browser: Browser, client_: Client
) -> None:
    client_.post(page("change", owner), posted(owner, first_name="Olga"))
    path = page("changelist", AuditEntry)

    assert [e.verb for e in client_.get(path).context["cl"].result_list] == ["change"]
    assert browser(owner).get(path).context["cl"].result_list == []


def test_the_history_of_an_object_shows_its_entries(
    entry: AuditEntry, owner: User, browser: Browser
) -> None:
    guest = models.Guest.objects.get(pk=entry.object_id)

    shown = text(browser(owner).get(page("history", guest)))
    assert "owner" in shown
    assert f"?model=hotels.guest&amp;object_id={guest.pk}" in shown


def test_a_colleague_sees_the_history_without_a_link_to_the_values(
    entry: AuditEntry, colleague: User, browser: Browser
) -> None:
    guest = models.Guest.objects.get(pk=entry.object_id)

    shown = text(browser(colleague).get(page("history", guest)))
    assert "owner" in shown
    assert "auditentry" not in shown


def test_the_list_can_be_limited_to_one_object(
    entry: AuditEntry, owner: User, browser: Browser
) -> None:
    models.Guest.objects.create(hotel=entry.hotel, name="Other")

    shown = browser(owner).get(
        page("changelist", AuditEntry), {"model": "hotels.guest", "object_id": entry.object_id}
    )
    assert shown.context["cl"].result_list == [entry]


def test_entries_are_counted_only_up_to_the_limit_of_the_list(
    entry: AuditEntry, owner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(entry.hotel), rows(entry.hotel)
    monkeypatch.setattr("hotels.admin.bounded_lists.COUNTED", 2)

    assert browser(owner).get(page("changelist", AuditEntry)).context["cl"].result_count == 2
