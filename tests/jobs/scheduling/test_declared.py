"""When a job is due, in UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import registry, scheduling

INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)
)
JOBS = st.sampled_from(registry.all_jobs())


def test_a_slot_is_due_at_its_own_instant() -> None:
    at = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)

    assert scheduling.latest_slot(expression="0 2 * * *", at=at) == at


def test_the_latest_slot_is_the_newest_one_passed() -> None:
    at = datetime(2026, 7, 1, 1, 59, 59, 999_999, tzinfo=UTC)

    slot = scheduling.latest_slot(expression="0 2 * * *", at=at)

    assert slot == datetime(2026, 6, 30, 2, 0, tzinfo=UTC)


@given(at=INSTANTS, job=JOBS)
def test_slots_surround_every_instant(at: datetime, job: registry.Job) -> None:
    latest = scheduling.latest_slot(expression=job.schedule, at=at)
    following = scheduling.next_slot(expression=job.schedule, after=at)

    assert latest <= at < following
    assert scheduling.next_slot(expression=job.schedule, after=latest) == following
    assert following - latest <= timedelta(days=7)


def test_an_expression_is_told_in_words() -> None:
    assert scheduling.describe_schedule(expression="0 0 * * 1") == "At 00:00, only on Monday"


@pytest.mark.parametrize(
    ("expression", "german", "portuguese"),
    [
        ("30 1 * * *", "Um 01:30", "Às 01:30"),
        ("0 */2 * * *", "Alle 2 Stunden", "A cada 2 horas"),
        (
            "0 0 * * 1,5",
            "Um 00:00, nur am Montag und Freitag",
            "Às 00:00, apenas segunda-feira e sexta-feira",
        ),
        (
            "0 2 1,15 * *",
            "Um 02:00, am 1. und 15. Tag des Monats",
            "Às 02:00, no dia 1 e 15 do mês",
        ),
        (
            "0 4 13 3 5",
            "Um 04:00, am 13. Tag des Monats, oder am Freitag, nur im März",
            "Às 04:00, no dia 13 do mês, ou sexta-feira, apenas em março",
        ),
    ],
)
def test_an_expression_is_told_in_the_language_of_a_person(
    expression: str, german: str, portuguese: str
) -> None:
    assert scheduling.describe_schedule(expression=expression, language="de") == german
    assert scheduling.describe_schedule(expression=expression, language="pt") == portuguese
