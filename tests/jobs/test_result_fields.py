"""Declared fields of results: kinds, labels and keys."""

import dataclasses
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.functional import Promise

from jobs import registry
from jobs import result_fields as fields
from jobs.base import Job, JobResult
from jobs.result_fields import Kind, decimal_of, declared_fields, is_stored, result_dataclass

JOBS = pytest.mark.parametrize("job", registry.all_jobs(), ids=lambda job: job.name)


@result_dataclass
class Stay:
    """A row of a table."""

    id: int = fields.hidden()
    room: str = fields.text("Room", key="roomNumber")


@result_dataclass
class Stays(JobResult):
    """A field of each kind."""

    guests_greeted: int = fields.count("Guests greeted")
    total_fees: Decimal = fields.money("Total fees", currency="fee_currency")
    fee_currency: str = fields.hidden()
    share: Decimal = fields.percent("Share", weighted_by="guests_greeted")
    waited: timedelta = fields.duration("Waiting time")
    stays: tuple[Stay, ...] = fields.table("Stays", row=Stay, default=())
    notes: tuple[str, ...] = fields.not_stored(default=())

    def summary(self) -> str:
        return "Done"


def test_the_declared_fields_have_the_keys_of_the_payload() -> None:
    result = Stays(
        hotel_id=1,
        guests_greeted=2,
        total_fees=Decimal("1.50"),
        fee_currency="EUR",
        share=Decimal("50.0"),
        waited=timedelta(minutes=2),
        stays=(Stay(id=7, room="101"),),
        notes=("kept out of the payload",),
    )

    assert result.payload() == {
        "hotelId": 1,
        "problems": [],
        "guestsGreeted": 2,
        "totalFees": "1.50",
        "feeCurrency": "EUR",
        "share": "50.0",
        "waited": 120.0,
        "stays": [{"id": 7, "roomNumber": "101"}],
    }
    assert list(declared_fields(Stays)) == list(result.payload())


def test_a_field_refers_to_the_stored_keys_of_its_currency_and_weight() -> None:
    declared = declared_fields(Stays)

    assert declared["totalFees"].currency_key == "feeCurrency"
    assert declared["share"].weight_key == "guestsGreeted"


@pytest.mark.parametrize(
    "field",
    [fields.money("Fees"), fields.percent("Share", weighted_by="rooms")],
    ids=["currency", "weight"],
)
def test_a_reference_to_a_missing_field_is_refused(field: Any) -> None:
    with pytest.raises(ValueError, match="refers to the missing field"):
        result_dataclass(
            type("Broken", (JobResult,), {"__annotations__": {"amount": Decimal}, "amount": field})
        )


def test_a_required_field_must_be_given() -> None:
    with pytest.raises(TypeError, match="guests_greeted"):
        Stays(hotel_id=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1.50", Decimal("1.50")),
        (3, Decimal(3)),
        ("NaN", None),
        ("Infinity", None),
        ("many", None),
        (True, None),
        (None, None),
        (["1"], None),
    ],
)
def test_only_finite_numbers_are_decimals(value: Any, number: Decimal | None) -> None:
    assert decimal_of(value) == number


@JOBS
def test_every_stored_field_of_a_job_is_declared(job: Job) -> None:
    stored = [item for item in dataclasses.fields(job.result_class) if is_stored(item)]

    assert job.result_class is not JobResult
    assert len(declared_fields(job.result_class)) == len(stored)


NOT_SHOWN = (Kind.HIDDEN, Kind.REFERENCE)


@JOBS
def test_every_label_of_a_job_can_be_translated(job: Job) -> None:
    declared = [*declared_fields(job.result_class).values()]
    declared += [
        column for field in declared if field.row for column in declared_fields(field.row).values()
    ]
    labels = [field.label for field in declared if field.kind not in NOT_SHOWN]
    labels += [label for field in declared for label in field.parts.values()]
    labels += job.result_class.change_labels.values()

    assert [label for label in labels if not isinstance(label, Promise)] == []


@JOBS
def test_every_column_of_a_table_is_declared(job: Job) -> None:
    rows = [field.row for field in declared_fields(job.result_class).values() if field.row]

    assert all(len(declared_fields(row)) == len(dataclasses.fields(row)) for row in rows)


def test_a_job_no_longer_in_the_project_has_the_fields_of_every_result() -> None:
    assert list(registry.result_fields_of("shine-shoes")) == ["hotelId", "problems"]
