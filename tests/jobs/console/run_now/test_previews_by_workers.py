"""Previews in several hotels: made by a worker of the queue while the page waits."""

from collections.abc import Iterator
from datetime import timedelta
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import dispatch, queue
from jobs.base import Job, JobContext
from jobs.dispatch import never, previews
from jobs.models import PreviewRequest
from tests.factories import MembershipFactory
from tests.jobs import fakes
from tests.jobs.console.run_now.test_run_now import preview_of
from tests.jobs.engine import only_job

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def other(owner: User) -> Hotel:
    return MembershipFactory(user=owner).hotel


@pytest.fixture(autouse=True)
def sent() -> Iterator[mock.Mock]:
    """Workers are alive, and get the messages of this mock."""
    with (
        mock.patch.object(queue, "is_attended", return_value=True),
        mock.patch.object(queue, "send_preview") as send,
    ):
        yield send


def _ask(client: Client, *hotels: Hotel) -> str:
    """The address to which the page of the preview leads."""
    address: str = client.get(preview_of(*hotels))["Location"]
    return address


def _work(stop: dispatch.Stop = never) -> PreviewRequest:
    """Make the previews as a worker does."""
    dispatch.make_previews(request_id=PreviewRequest.objects.get().pk, stop=stop)
    return PreviewRequest.objects.get()


def _is_made_anew(client: Client, address: str) -> bool:
    """Whether the address leads back to the page that asks for previews."""
    return "made" not in parse_qs(urlsplit(client.get(address)["Location"]).query)


def test_the_page_waits_for_the_worker_and_then_shows_the_previews(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel, sent: mock.Mock
) -> None:
    address = _ask(manager, hotel, other)

    waiting = manager.get(address)
    polled = manager.get(address, headers=HTMX)
    _work()
    ready = manager.get(address, headers=HTMX)
    page = manager.get(address)

    assert sent.call_count == 1
    assert "Previewed 0 of 2 hotels." in waiting.content.decode()
    assert polled.content.decode().strip().startswith('<div id="previews"')
    assert ready["HX-Refresh"] == "true"
    assert page.context["previews"].totals == [("guest greeted", 2)]
    assert "Run now for 2 hotels" in page.content.decode()
    assert not Guest.objects.exists()


def test_a_preview_in_one_hotel_is_shown_at_once(
    greetings: Job, manager: Client, hotel: Hotel, sent: mock.Mock
) -> None:
    page = manager.get(preview_of(hotel)).content.decode()

    assert "Guest greeted: 1" in page
    assert not sent.called


def test_without_a_worker_the_page_makes_what_it_waited_for(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel
) -> None:
    address = _ask(manager, hotel, other)

    with mock.patch.object(queue, "is_attended", return_value=False):
        page = manager.get(address, follow=True)

    assert page.context["previews"].totals == [("guest greeted", 2)]


def test_only_the_user_who_asked_may_read_the_previews(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel
) -> None:
    """A colleague who may run the job in the same hotels gets previews of their own."""
    address = _ask(manager, hotel, other)
    _work()
    colleague = MembershipFactory(hotel=hotel).user
    MembershipFactory(hotel=other, user=colleague)
    client = Client()
    client.force_login(colleague)

    assert _is_made_anew(client, address)


def test_who_has_left_a_hotel_may_not_read_its_preview(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel
) -> None:
    address = _ask(manager, hotel, other)
    _work()
    other.memberships.update(active=False)

    assert manager.get(address).status_code == 404


def test_previews_are_made_anew_after_an_hour(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel
) -> None:
    address = _ask(manager, hotel, other)
    _work()
    PreviewRequest.objects.update(created_at=timezone.now() - PreviewRequest.KEPT_FOR)

    assert _is_made_anew(manager, address)
    assert dispatch.delete_old_previews(now=timezone.now()) == 1


def test_what_no_worker_goes_on_with_is_asked_for_again(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel, sent: mock.Mock
) -> None:
    address = _ask(manager, hotel, other)
    lost = timezone.now() - PreviewRequest.LOST_AFTER - timedelta(seconds=1)
    PreviewRequest.objects.update(active_at=lost)

    manager.get(address, headers=HTMX)
    manager.get(address, headers=HTMX)

    assert sent.call_count == 2


def test_a_second_message_is_left_while_a_worker_goes_on_with_the_first(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel
) -> None:
    address = _ask(manager, hotel, other)
    PreviewRequest.objects.update(done=1, active_at=timezone.now())
    assert _work().finished_at is None

    PreviewRequest.objects.update(active_at=timezone.now() - timedelta(minutes=3))
    manager.get(address, headers=HTMX)  # it was lost, and is asked for again
    assert _work().finished_at is not None


def test_a_worker_that_stops_hands_the_request_on(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel, sent: mock.Mock
) -> None:
    _ask(manager, hotel, other)

    assert _work(stop=lambda: True).finished_at is None
    assert sent.call_count == 2
    assert _work().finished_at is not None


def test_a_hotel_that_fails_or_is_gone_leaves_the_previews_of_the_others(
    manager: Client, hotel: Hotel, other: Hotel, sent: mock.Mock
) -> None:
    def greet_or_crash(context: JobContext) -> fakes.Greetings:
        return (
            fakes.greet(context) if context.hotel == other else fakes.crash_after_writing(context)
        )

    with only_job(greet_or_crash):
        address = _ask(manager, hotel, other)
        PreviewRequest.objects.update(hotel_ids=[hotel.pk, 0, other.pk])
        kept = _work()
        PreviewRequest.objects.update(hotel_ids=[hotel.pk, other.pk])
        page = manager.get(address)

    assert kept.done == 2
    previews_shown = page.context["previews"]
    assert (previews_shown.failing, len(previews_shown.shown)) == (1, 2)
    assert "The job would fail in 1 hotel." in page.content.decode()
    assert not Guest.objects.exists()


def test_a_user_s_new_request_ends_the_one_before(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel
) -> None:
    _ask(manager, hotel, other)
    first = PreviewRequest.objects.get().pk
    _ask(manager, hotel, other)

    dispatch.make_previews(request_id=first, stop=never)

    assert PreviewRequest.objects.get().finished_at is None


def test_two_pages_do_not_take_turns_in_giving_up_each_other_s_previews(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel, owner: User
) -> None:
    third = MembershipFactory(user=owner).hotel
    first = _ask(manager, hotel, other)
    second = _ask(manager, hotel, third)

    assert manager.get(first, headers=HTMX)["HX-Refresh"] == "true"
    given_up = manager.get(first).content.decode()
    assert "You have asked for other previews since" in given_up
    assert "data-poll" not in given_up

    _work()
    assert manager.get(second).context["previews"].totals == [("guest greeted", 2)]
    assert _is_made_anew(manager, first)


def test_a_worker_previews_no_more_hotels_than_it_may(
    greetings: Job, manager: Client, hotel: Hotel, other: Hotel
) -> None:
    address = _ask(manager, hotel, other)

    with mock.patch.object(previews, "MOST_HOTELS", 1):
        _work()

    assert len(manager.get(address).context["previews"].not_shown) == 1
