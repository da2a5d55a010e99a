"""A form saved while a job works on the same row: neither change is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from hotels.billing.issuing import issue_invoices
from hotels.models import BookingRoom, Folio, Hotel, Invoice
from tests.concurrency import in_thread, waits_for_us
from tests.factories import MembershipFactory
from tests.hotels.admin.books import form_of, page
from tests.hotels.admin.conftest import Browser
from tests.hotels.billing.issued import NOW, completed
from tests.jobs.services.no_shows import check, missed
from tests.waiting import TIMEOUT

# SQLite does not support two write transactions at the same time.
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def owner(hotel: Hotel) -> User:
    return MembershipFactory(hotel=hotel).user


def while_posting(work: Callable[[], Any], *, client: Client, path: str, form: Any) -> None:
    """Post the form while the transaction of `work` is still open."""
    with transaction.atomic():
        work()
        person = in_thread(lambda: client.post(path, form))
        waits_for_us(person)
    person.result(TIMEOUT)


def test_an_arrival_time_saved_during_the_no_show_check_keeps_the_no_show(
    hotel, now, owner: User, browser: Browser
) -> None:
    room = missed(hotel)

    while_posting(
        lambda: check(hotel, now),
        client=browser(owner),
        path=page("change", room),
        form={"adults": 1, "children": 0, "eta_0": "2026-07-15", "eta_1": "23:00:00"}
        | {"nights-TOTAL_FORMS": 0, "nights-INITIAL_FORMS": 0},
    )

    room = BookingRoom.objects.get()
    assert room.eta is not None
    assert room.status == "NO_SHOW"


def test_a_folio_is_not_reopened_while_it_is_invoiced(hotel, owner: User, browser: Browser) -> None:
    folio = completed(hotel, 100)

    while_posting(
        lambda: issue_invoices(hotel=hotel, now=NOW),
        client=browser(owner),
        path=page("change", folio),
        form=form_of(folio, status="OPEN"),
    )

    assert Invoice.objects.get().live
    assert Folio.objects.get().status == "COMPLETED"
