"""Admin list of executions: bounded count, date filter and CSV export."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.admin import bounded_lists
from hotels.models import Hotel
from jobs.exports import writing
from jobs.models import Status
from tests.factories import MembershipFactory
from tests.jobs.console.books import JOB, ended

pytestmark = pytest.mark.django_db

LIST = reverse("admin:jobs_jobexecution_changelist")
EXPORT = reverse("admin:jobs_jobexecution_export")
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def manager(hotel: Hotel, client: Client) -> Client:
    client.force_login(MembershipFactory(hotel=hotel).user)
    return client


def exported(client: Client, **query: Any) -> list[dict[str, str]]:
    answer = client.get(EXPORT, query)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_a_long_list_is_counted_up_to_a_limit(manager: Client, hotel: Hotel) -> None:
    for minute in range(4):
        ended(hotel, NOON.replace(minute=minute))

    with mock.patch.object(bounded_lists, "COUNTED", 3):
        answer = manager.get(LIST)

    assert answer.context["cl"].result_count == 3
    assert "3+</span>" in answer.content.decode()


def test_a_short_list_is_counted_exactly(manager: Client, hotel: Hotel) -> None:
    ended(hotel, NOON)

    assert "+</span>" not in manager.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2026-07-15", "2026-07-15", 1),
        ("2026-07-16", "", 0),
        ("", "2026-07-14", 0),
        ("soon", "0000-00-00", 1),
        ("9999-12-31", "9999-12-31", 1),
    ],
)
def test_executions_are_filtered_by_date(
    manager: Client, hotel: Hotel, first: str, last: str, count: int
) -> None:
    ended(hotel, NOON)

    answer = manager.get(LIST, {"created_at_from": first, "created_at_to": last})
    assert answer.context["cl"].result_count == count


def test_filter_choices_have_no_counts(manager: Client, hotel: Hotel) -> None:
    ended(hotel, NOON)

    page = manager.get(LIST, {"_facets": "True"})

    assert not page.context["cl"].add_facets
    assert "Show counts" not in page.content.decode()


def test_many_hotels_are_filtered_by_a_select_box_instead_of_links(
    manager: Client, hotel: Hotel
) -> None:
    user = User.objects.get()
    for _ in range(20):
        MembershipFactory(user=user)

    page = manager.get(LIST).content.decode()

    assert page.count(f'<option value="{hotel.pk}"') == 1
    assert "?hotel__id__exact=" not in page


def test_the_export_contains_the_filtered_list(manager: Client, hotel: Hotel) -> None:
    ended(hotel, NOON)
    failed = ended(hotel, NOON.replace(hour=14), status=Status.FAILED)

    (row,) = exported(manager, status__exact="FAILED")

    assert (row["id"], row["job"], row["hotel"]) == (str(failed.pk), JOB, hotel.code)
    assert (row["due"], row["seconds"]) == ("2026-07-15T14:00:00Z", "1.0")
    assert row["error"] == "The lobby is closed"


def test_an_export_with_a_wrong_value_redirects_to_the_list(manager: Client) -> None:
    answer = manager.get(EXPORT, {"hotel__id__exact": "x"})

    assert answer.url == reverse("admin:jobs_jobexecution_changelist")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "o=1",
        "status__exact=FAILED",
        "status__exact=FAILED&status__exact=SKIPPED",
        "trigger__exact=COMMAND&job=check-no-shows",
        "job=unknown",
        "problems=yes",
        "problems=no&status__exact=COMPLETED",
        "created_at_from=2026-07-15&created_at_to=2026-07-15",
        "created_at_from=soon&created_at_to=2026-07-14",
        "hotel__id__exact={hotel}",
        "hotel__id__exact={other}&hotel__id__exact={hotel}",
        "q=lobby",
        "q=+{key}+",
        "q=100%25",
    ],
)
def test_the_export_has_the_executions_of_the_list(
    manager: Client, hotel: Hotel, query: str
) -> None:
    other = MembershipFactory(user=User.objects.get()).hotel
    ended(hotel, NOON)
    key = ended(hotel, NOON.replace(day=14), status=Status.FAILED).pk
    ended(hotel, NOON.replace(hour=13), status=Status.SKIPPED)
    ended(other, NOON.replace(hour=14), problems=2)
    ended(MembershipFactory().hotel, NOON)
    query = query.format(hotel=hotel.pk, other=other.pk, key=key)

    listed = manager.get(f"{LIST}?{query}").context["cl"].result_list

    text = b"".join(manager.get(f"{EXPORT}?{query}").streaming_content)  # type: ignore[attr-defined]
    rows = csv.DictReader(io.StringIO(text.decode()))
    assert [row["id"] for row in rows] == [str(row.pk) for row in listed]


def test_without_a_worker_an_export_that_is_too_large_is_refused(
    manager: Client, hotel: Hotel
) -> None:
    ended(hotel, NOON)
    ended(hotel, NOON.replace(hour=13))

    with mock.patch.object(writing, "MOST_ROWS", 1):
        page = manager.get(EXPORT, {"job": JOB}, follow=True)

    assert page.redirect_chain == [(f"{LIST}?job={JOB}", 302)]
    assert "Narrow the filters" in page.content.decode()


@pytest.mark.parametrize("name", ["hotel", "nowhere", "error__regex"])
def test_an_export_takes_no_parameter_that_is_no_filter(name: str, manager: Client) -> None:
    assert manager.get(EXPORT, {name: "x"}).status_code == 400


def test_the_export_contains_no_spreadsheet_formulas(manager: Client, hotel: Hotel) -> None:
    ended(hotel, NOON, words="=1+1")

    assert exported(manager)[0]["outcome"] == "'=1+1"


def test_the_export_excludes_executions_of_other_hotels(client: Client, hotel: Hotel) -> None:
    ended(hotel, NOON)
    client.force_login(MembershipFactory().user)

    assert exported(client) == []


def test_users_without_a_hotel_may_not_export(client: Client, hotel: Hotel) -> None:
    client.force_login(MembershipFactory(active=False).user)

    assert client.get(EXPORT).status_code == 403


def test_the_list_links_to_the_export_with_its_filters(manager: Client) -> None:
    page = manager.get(LIST, {"status__exact": "FAILED", "p": "1"}).content.decode()

    assert f'action="{EXPORT}?status__exact=FAILED"' in page


@pytest.mark.parametrize(
    ("model", "headings"),
    [
        ("jobexecution", ["By job", "By status", "By source"]),
        ("jobschedule", ["By enabled", "By time zone", "By missed runs"]),
    ],
)
def test_filters_have_readable_headings(manager: Client, model: str, headings: list[str]) -> None:
    page = manager.get(reverse(f"admin:jobs_{model}_changelist")).content.decode()

    assert [each for each in headings if each not in page] == []


@pytest.mark.parametrize(("choice", "count"), [("yes", 1), ("no", 1), pytest.param("", 2)])
def test_executions_are_filtered_by_problems(
    manager: Client, hotel: Hotel, choice: str, count: int
) -> None:
    ended(hotel, NOON)
    ended(hotel, NOON.replace(hour=14), problems=2)

    answer = manager.get(LIST, {"problems": choice})

    assert answer.context["cl"].result_count == count


def test_an_execution_with_problems_is_not_listed_as_completed(
    manager: Client, hotel: Hotel
) -> None:
    ended(hotel, NOON, problems=2)

    assert "completed with problems" in manager.get(LIST).content.decode()


def test_the_export_has_the_number_of_problems(manager: Client, hotel: Hotel) -> None:
    ended(hotel, NOON, problems=2)

    assert exported(manager)[0]["problems"] == "2"
