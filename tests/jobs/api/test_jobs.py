"""Lists, details and effects of executions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from hotels.models import Hotel
from tests.factories import GuestFactory, HotelFactory, MembershipFactory
from tests.hotels.http.clients import client_of
from tests.jobs.api.executions import execution, failed

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 7, 15, 23, 30, tzinfo=UTC)


def ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer.json()["jobs"]]


@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/"])
def test_both_slash_forms_are_answered_without_a_redirect(manager: APIClient, path: str) -> None:
    assert manager.get(path).status_code == 200


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/api/jobs/x", "/api/jobs/-1"])
def test_a_path_that_names_no_execution_is_a_404_problem(
    settings: Any, manager: APIClient, path: str, method: str, debug: bool
) -> None:
    settings.DEBUG = debug

    answer = getattr(manager, method)(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_list_contains_executions_and_their_total(manager: APIClient, hotel: Hotel) -> None:
    row = execution(hotel, at=NIGHT)

    body = manager.get("/api/jobs").json()

    assert (body["total"], len(body["jobs"])) == (1, 1)
    first = body["jobs"][0]
    assert (first["id"], first["jobName"], first["hotelId"]) == (row.pk, row.job_name, hotel.pk)
    assert first["createdAt"] == "2026-07-15T23:30:00Z"
    assert first["error"] is None


def test_the_newest_executions_come_first(manager: APIClient, hotel: Hotel) -> None:
    first, second = execution(hotel), execution(hotel)

    assert ids(manager.get("/api/jobs")) == [second.pk, first.pk]


def test_other_hotels_are_neither_listed_nor_counted(manager: APIClient) -> None:
    execution(HotelFactory())

    assert manager.get("/api/jobs").json()["total"] == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("startDate=2026-07-15", True),
        ("startDate=2026-07-16", False),
        ("endDate=2026-07-15", True),
        ("endDate=2026-07-14", False),
        ("startDate=2026-07-15&endDate=2026-07-15", True),
        ("startDate=2026-07-15T23:30:00Z", True),
        ("startDate=2026-07-15T23:30:01Z", False),
        ("startDate=2026-07-16T01:30:00%2B02:00&endDate=2026-07-15T23:30:00Z", True),
        ("status=COMPLETED", True),
        ("status=FAILED", False),
        ("jobName=generate-invoices", True),
        ("jobName=daily-housekeeping-round", False),
        ("trigger=COMMAND", True),
        ("trigger=CRON", False),
    ],
)
def test_a_list_is_filtered(manager: APIClient, hotel: Hotel, query: str, found: bool) -> None:
    execution(hotel, at=NIGHT)

    assert manager.get(f"/api/jobs?{query}").json()["total"] == int(found)


def test_an_alias_finds_the_executions_of_the_job(manager: APIClient, hotel: Hotel) -> None:
    execution(hotel, job_name="daily-housekeeping")

    assert manager.get("/api/jobs?jobName=daily-housekeeping-round").json()["total"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=201", "limit"),
        ("limit=0", "limit"),
        ("limit=ten", "limit"),
        ("limit=1_0", "limit"),
        ("offset=-1", "offset"),
        ("limit=١", "limit"),
        ("status=DONE", "status"),
        ("status=completed", "status"),
        ("status=", "status"),
        ("status=FAILED&status=COMPLETED", "status"),
        ("jobName=check-no-show", "jobName"),
        ("jobName=%00", "jobName"),
        ("job_name=check-no-shows", "job_name"),
        ("jobname=check-no-shows", "jobname"),
        ("problems=yes", "problems"),
        ("problems=1", "problems"),
        ("problems=", "problems"),
        ("trigger=ALARM", "trigger"),
        ("hotelId=lisbon", "hotelId"),
        ("hotelId=-1", "hotelId"),
        ("hotelId=99999999999999999999", "hotelId"),
        ("startDate=2026-02-30", "startDate"),
        ("startDate=20260715", "startDate"),
        ("startDate=2026-07-15T23:30:00", "startDate"),
        ("startDate=0001-01-01T00:00:00%2B23:00", "startDate"),
        ("endDate=9999-12-31", "endDate"),
        ("endDate=yesterday", "endDate"),
        ("startDate=2026-07-16&endDate=2026-07-15", "startDate"),
        ("cursor=abc", "cursor"),
        ("cursor=0", "cursor"),
        ("format=json", "format"),
    ],
)
def test_a_wrong_parameter_is_refused_and_named(manager: APIClient, query: str, field: str) -> None:
    answer = manager.get(f"/api/jobs?{query}")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/stats", "/api/schedules"])
def test_another_groups_hotel_looks_like_an_unknown_one(manager: APIClient, path: str) -> None:
    foreign = manager.get(path, {"hotelId": HotelFactory().pk})
    unknown = manager.get(path, {"hotelId": 10**9})

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()


def test_pages_by_offset_return_every_row_once(manager: APIClient, hotel: Hotel) -> None:
    made = [execution(hotel).pk for _ in range(5)]

    pages = [ids(manager.get(f"/api/jobs?limit=2&offset={n}")) for n in (0, 2, 4)]

    assert [pk for page in pages for pk in page] == made[::-1]


def test_pages_by_cursor_return_every_row_once_while_rows_are_added(
    manager: APIClient, hotel: Hotel
) -> None:
    made = [execution(hotel).pk for _ in range(5)]

    seen, cursor = [], ""
    while cursor is not None:
        body = manager.get(f"/api/jobs?limit=2{cursor and '&cursor=' + cursor}").json()
        seen += [row["id"] for row in body["jobs"]]
        cursor = body["nextCursor"]
        execution(hotel)

    assert seen == made[::-1]


def test_a_cursor_does_not_reveal_other_hotels(manager: APIClient, hotel: Hotel) -> None:
    execution(HotelFactory())
    last = execution(hotel)

    assert ids(manager.get(f"/api/jobs?cursor={last.pk}")) == []


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    manager: APIClient, hotel: Hotel, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    run = execution(hotel, result={"invoicesGenerated": 1}).run

    def queries() -> list[int]:
        return [
            queries_of(lambda path=path: manager.get(path))
            for path in ("/api/jobs", f"/api/runs/{run.pk}")
        ]

    manager.get("/api/auth/me")  # notes the last use of the token
    few = queries()
    for _ in range(10):
        execution(hotel, run=run, result={"invoicesGenerated": 1})
    assert queries() == few


def test_lists_show_the_first_attention_items_and_details_all(
    manager: APIClient, hotel: Hotel
) -> None:
    row = execution(hotel, metadata={"attention": [f"Room {n}" for n in range(9)]})

    listed = manager.get("/api/jobs").json()["jobs"][0]["metadata"]["attention"]
    whole = manager.get(f"/api/jobs/{row.pk}").json()["metadata"]["attention"]

    assert (len(listed), len(whole)) == (5, 9)


def test_an_anticipated_failure_is_shown_in_full(manager: APIClient, hotel: Hotel) -> None:
    row = failed(hotel, error="The lobby is closed.")

    assert manager.get(f"/api/jobs/{row.pk}").json()["error"] == "The lobby is closed."


@pytest.mark.parametrize("pk", [10**9, 10**30])
def test_an_unknown_execution_is_a_404(manager: APIClient, pk: int) -> None:
    assert manager.get(f"/api/jobs/{pk}").status_code == 404


def test_effects_are_paged_and_counted(manager: APIClient, hotel: Hotel) -> None:
    guest = GuestFactory(hotel=hotel)
    objects = [
        {"model": "hotels.guest", "id": guest.pk, "label": f"Guest {n}", "note": ""}
        for n in range(3)
    ]
    effects = {"guest greeted": {"count": 300, "objects": objects}}
    row = execution(hotel, effects=effects)

    body = manager.get(f"/api/jobs/{row.pk}/effects?limit=2&offset=1").json()

    assert (body["total"], body["counts"]) == (3, [{"kind": "guest greeted", "count": 300}])
    assert [each["label"] for each in body["effects"]] == ["Guest 1", "Guest 2"]
    assert body["effects"][0]["adminUrl"] == f"/admin/hotels/guest/{guest.pk}/change/"


def test_effects_are_filtered_by_kind(manager: APIClient, hotel: Hotel) -> None:
    row = execution(hotel, effects={"guest greeted": {"count": 0, "objects": []}})

    known = manager.get(f"/api/jobs/{row.pk}/effects", {"kind": "guest greeted"})
    unknown = manager.get(f"/api/jobs/{row.pk}/effects", {"kind": "guest left"})

    assert (known.status_code, unknown.status_code) == (200, 400)


def test_an_unchanged_answer_is_a_304(manager: APIClient, hotel: Hotel) -> None:
    row = execution(hotel)
    first = manager.get(f"/api/jobs/{row.pk}")

    again = manager.get(f"/api/jobs/{row.pk}", headers={"If-None-Match": first["ETag"]})
    row.words = "changed"
    row.save()
    changed = manager.get(f"/api/jobs/{row.pk}", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


def test_statistics_cover_the_last_30_days(manager: APIClient, hotel: Hotel) -> None:
    now = datetime.now(tz=UTC)
    execution(hotel, completed_at=now + timedelta(seconds=2), started_at=now)
    execution(hotel, status="PENDING")
    failed(hotel, started_at=now, completed_at=now)
    failed(hotel, started_at=now, completed_at=now, job_name="check-no-shows")
    execution(hotel, at=now - timedelta(days=31))
    execution(HotelFactory())

    body = manager.get("/api/jobs/stats").json()

    by_job = body.pop("byJob")
    assert body == {
        "totalJobs": 4,
        "completedJobs": 1,
        "completedWithProblems": 0,
        "failedJobs": 2,
        "successRate": 33.3,
        "averageDurationMs": 667,
        "period": "30_days",
    }
    assert [(job["jobName"], job["totalJobs"]) for job in by_job] == [
        ("check-no-shows", 1),
        ("generate-invoices", 3),
    ]


@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/"])
def test_head_returns_the_statistics_as_headers(
    manager: APIClient, hotel: Hotel, path: str
) -> None:
    execution(hotel)
    failed(hotel)

    answer = manager.head(path)

    names = ("Total-Jobs", "Completed-Jobs", "Failed-Jobs", "Success-Rate", "Period")
    assert [answer[f"X-{name}"] for name in names] == ["2", "1", "1", "50", "30_days"]
    assert answer.content == b""


def test_the_success_rate_is_zero_if_nothing_finished(manager: APIClient) -> None:
    assert manager.get("/api/jobs/stats").json()["successRate"] == 0
    assert manager.head("/api/jobs")["X-Success-Rate"] == "0"


def test_a_run_shows_its_progress(manager: APIClient, hotel: Hotel) -> None:
    row = execution(hotel)
    execution(hotel, run=row.run, status="PENDING")

    body = manager.get(f"/api/runs/{row.run_id}?limit=1").json()

    assert (body["done"], body["total"], len(body["executions"])) == (False, 2, 1)
    assert body["progress"] == {
        "total": 2,
        "pending": 1,
        "running": 0,
        "completed": 1,
        "completedWithProblems": 0,
        "failed": 0,
        "skipped": 0,
    }


def test_a_run_shows_only_executions_of_the_callers_hotels(
    manager: APIClient, hotel: Hotel
) -> None:
    row = execution(hotel)
    execution(HotelFactory(), run=row.run, status="PENDING")

    body = manager.get(f"/api/runs/{row.run_id}").json()

    assert (body["progress"]["total"], body["done"]) == (1, True)


def test_a_user_of_two_hotels_can_list_both_or_one(hotel: Hotel) -> None:
    membership = MembershipFactory()
    MembershipFactory(user=membership.user, hotel=hotel)
    client = client_of(membership.user)
    execution(hotel)
    execution(membership.hotel)

    assert client.get("/api/jobs").json()["total"] == 2
    assert client.get(f"/api/jobs?hotelId={hotel.pk}").json()["total"] == 1


@pytest.mark.parametrize("path", ["jobs", "jobs/{}/effects", "runs", "schedules/{}/check-no-shows"])
def test_a_number_too_large_for_a_key_is_a_404(manager: APIClient, path: str) -> None:
    huge = 10**27
    url = f"/api/{path.format(huge)}" if "{}" in path else f"/api/{path}/{huge}"

    assert manager.get(url).status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("problems=true", 2),
        ("problems=false", 1),
        ("status=COMPLETED&problems=true", 1),
        ("status=COMPLETED&problems=false", 1),
    ],
)
def test_a_list_is_filtered_by_problems(
    manager: APIClient, hotel: Hotel, query: str, count: int
) -> None:
    execution(hotel)
    execution(hotel, problems=3)
    failed(hotel, problems=1)

    assert manager.get(f"/api/jobs?{query}").json()["total"] == count


def test_an_execution_has_the_number_of_its_problems(manager: APIClient, hotel: Hotel) -> None:
    row = execution(hotel, problems=3)

    assert manager.get("/api/jobs").json()["jobs"][0]["problems"] == 3
    assert manager.get(f"/api/jobs/{row.pk}").json()["problems"] == 3


def test_executions_with_problems_are_completed_and_no_success(
    manager: APIClient, hotel: Hotel
) -> None:
    execution(hotel)
    execution(hotel, problems=3)
    failed(hotel, problems=1)
    failed(hotel)

    body = manager.get("/api/jobs/stats").json()
    head = manager.head("/api/jobs").headers

    for figures in (body, body["byJob"][0]):
        assert (figures["completedJobs"], figures["completedWithProblems"]) == (2, 1)
        assert figures["successRate"] == 25.0
    assert (head["X-Completed-Jobs"], head["X-Completed-With-Problems"]) == ("2", "1")
    assert head["X-Success-Rate"] == "25"


def test_the_progress_of_a_run_counts_executions_with_problems(
    manager: APIClient, hotel: Hotel
) -> None:
    run = execution(hotel, problems=1).run
    execution(hotel, run=run)

    progress = manager.get(f"/api/runs/{run.pk}").json()["progress"]

    assert (progress["total"], progress["completed"]) == (2, 2)
    assert progress["completedWithProblems"] == 1
