"""Declaration, context and result of a job."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from hotels.models import Hotel, Room
from jobs.base import EFFECTS_KEPT, Job, JobContext, JobResult, Problem
from tests.jobs.fakes import Greetings, greet, make_job

pytestmark = pytest.mark.once


@dataclass(frozen=True, kw_only=True)
class Everything(JobResult):
    total_amount: Decimal
    due_date: date
    seen_at: datetime
    counts: dict[str, int] = field(default_factory=dict)

    def summary(self) -> str:
        return "everything"


def test_the_payload_is_camel_case_with_text_for_money_dates_and_instants() -> None:
    result = Everything(
        hotel_id=7,
        total_amount=Decimal("412.00"),
        due_date=date(2026, 7, 1),
        seen_at=datetime(2026, 7, 1, 3, tzinfo=UTC),
        counts={"URGENT": 2},
        problems=(Problem(what="Room 1", reason="flooded"),),
        done=3,
    )

    assert result.payload() == {
        "hotelId": 7,
        "totalAmount": "412.00",
        "dueDate": "2026-07-01",
        "seenAt": "2026-07-01T03:00:00+00:00",
        "counts": {"URGENT": 2},
        "problems": [{"object": "Room 1", "reason": "flooded"}],
    }


def test_a_zero_amount_keeps_its_decimals_without_an_exponent() -> None:
    result = Everything(
        hotel_id=7,
        total_amount=Decimal("0E-3"),
        due_date=date(2026, 7, 1),
        seen_at=datetime(2026, 7, 1, 3, tzinfo=UTC),
    )

    assert result.payload()["totalAmount"] == "0.000"


def test_a_result_with_problems_and_nothing_done_has_failed() -> None:
    problem = (Problem(what="Room 1", reason="flooded"),)

    assert Greetings(hotel_id=1, problems=problem).all_failed
    assert not Greetings(hotel_id=1, problems=problem, done=1).all_failed
    assert not Greetings(hotel_id=1).all_failed


def test_effects_count_all_objects_and_list_the_first_hundred_of_a_kind() -> None:
    context = JobContext(hotel=Hotel(), now=datetime(2026, 7, 1, tzinfo=UTC))

    context.changed("room made dirty", [Room(pk=n, number=str(n)) for n in range(130)])
    context.changed("room closed", [Room(pk=1, number="1")], note="flooded")

    effects = context.effects()
    assert effects["room made dirty"]["count"] == 130
    assert len(effects["room made dirty"]["objects"]) == EFFECTS_KEPT
    assert effects["room closed"]["objects"] == [
        {"model": "hotels.room", "id": 1, "label": "1", "note": "flooded"}
    ]


@pytest.mark.parametrize("name", ["", "Greet", "greet guests", "greet_guests", "greet--guests"])
def test_a_job_name_is_lower_case_words_joined_by_hyphens(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case words"):
        make_job(greet, name=name)


def test_a_schedule_has_five_fields() -> None:
    with pytest.raises(ValueError, match="must have five fields"):
        Job(name="greet", title="Greet", schedule="0 0 * * * *", service=greet)


def test_the_result_class_of_a_job_is_the_annotated_return_type() -> None:
    assert make_job(greet).result_class is Greetings


def test_a_postponed_annotation_is_resolved() -> None:
    def service(context: JobContext) -> "Everything":
        raise AssertionError

    assert make_job(service).result_class is Everything


def test_a_service_without_a_known_annotation_has_the_fields_of_every_result() -> None:
    def service(context):  # type: ignore[no-untyped-def]
        raise AssertionError

    assert make_job(service).result_class is JobResult
