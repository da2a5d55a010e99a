"""Rules of the form of a booked room."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hotels.models import BookingRoom, Hotel
from tests.hotels.admin.books import form_of, page, rows
from tests.hotels.admin.conftest import Browser


@pytest.mark.parametrize(("hours", "status"), [(2, 200), (-2, 302)])
def test_a_key_cannot_be_issued_in_the_future(
    hours: int, status: int, hotel: Hotel, superuser: User, browser: Browser
) -> None:
    room = rows(hotel)[BookingRoom]
    issued = timezone.now() + timedelta(hours=hours)
    data = form_of(room)
    for name in ("eta", "key_issued_at"):
        data.pop(name, None)
    key = {"key_issued_at_0": f"{issued:%Y-%m-%d}", "key_issued_at_1": f"{issued:%H:%M:%S}"}

    answer = browser(superuser).post(page("change", room), data | key)

    assert answer.status_code == status
    if status == 200:
        errors = answer.context["adminform"].form.errors
        assert errors == {"key_issued_at": ["A key cannot be issued in the future."]}
