"""Reading a file of bookings: all of it, or one sentence that names line and column."""

from pathlib import Path

import pytest

from hotels.importing.data_quality import Kind, tallies
from hotels.importing.reading import read_bookings
from hotels.importing.records import ImportRefused, StayOutcome
from tests.naive_bookings import SAMPLE


def lines_of(kind: Kind) -> list[int]:
    return [o.line for o in read_bookings(path=SAMPLE).oddities if o.kind is kind]


def variant(tmp_path: Path, *, line: int = 2, **cells: str) -> Path:
    """The first rows of the sample with cells of one line replaced."""
    rows = [row.split(",") for row in SAMPLE.read_text().splitlines()[:4]]
    for column, value in cells.items():
        rows[line - 1][rows[0].index(column)] = value
    path = tmp_path / "bookings.csv"
    path.write_text("".join(",".join(row) + "\n" for row in rows))
    return path


def refusal(path: Path, hotel: str | None = None) -> str:
    with pytest.raises(ImportRefused) as refused:
        read_bookings(path=path, hotel=hotel)
    return str(refused.value)


def test_every_line_is_a_booking_of_its_own() -> None:
    file = read_bookings(path=SAMPLE)

    assert file.rows == 87
    assert [record.line for record in file.records] == [n for n in range(2, 89) if n != 86]


def test_the_reference_of_a_booking_is_its_line() -> None:
    assert read_bookings(path=SAMPLE).records[0].reference == "L000002"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("adr", "cheap", "'cheap' is not an amount"),
        ("adr", "NaN", "'NaN' is not an amount"),
        ("adr", "", "'' is not an amount"),
        ("lead_time", "-1", "'-1' is not a whole number"),
        ("lead_time", "1.5", "'1.5' is not a whole number"),
        ("adults", "two", "'two' is not a whole number"),
        ("is_canceled", "2", "'2' is not 0 or 1"),
        ("arrival_date_month", "Juli", "'Juli' is not the English name of a month"),
        ("arrival_date_day_of_month", "32", "'32' is not a day of its month"),
        ("arrival_date_year", "1", "'1' is not a year from 1900 to 2999"),
        ("arrival_date_year", "9999", "'9999' is not a year from 1900 to 2999"),
        ("reservation_status", "Gone", "'Gone' is not one of Check-Out, Canceled, No-Show"),
        ("reservation_status_date", "31/03/2024", "is not a date such as"),
        ("reservation_status_date", "2024-02-30", "is not a date such as"),
        ("reservation_status_date", "9999-12-31", "is not a date such as"),
        ("reserved_room_type", "A" * 21, "at most 20 characters"),
        ("hotel", "", "nothing stands there"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_line_and_column(
    tmp_path: Path, column: str, value: str, said: str
) -> None:
    sentence = refusal(variant(tmp_path, line=3, **{column: value}))

    assert sentence.startswith(f"Line 3, column {column}: ")
    assert said in sentence
    assert "\n" not in sentence


def test_a_price_too_large_to_charge_its_nights_is_named(tmp_path: Path) -> None:
    path = variant(tmp_path, line=3, adr="999999999.99", stays_in_week_nights="9999")

    assert refusal(path).startswith("Line 3, column adr: '999999999.99' is not a price of which ")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text().replace("lead_time", "days_before", 1))

    assert refusal(path) == "Line 1: the column lead_time is missing."


def test_a_column_that_stands_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text().replace("meal,country", "country,country,meal", 1))

    assert refusal(path) == "Line 1: the column country stands there more than once."


def test_a_line_with_too_few_fields_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text() + "Sample Inn,0,3\n")

    assert refusal(path) == "Line 89: 3 fields, but the header has 32."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Line 1: the file is empty; a header with the columns is expected."),
        (b"\n\n", "Line 1: the file is empty; a header with the columns is expected."),
        (b"caf\xe9,1\n", "Line 1: the file is not UTF-8 text."),
        (b"a\nb\nc\x00\n", "Line 3: the file holds a NUL character; it is not text."),
    ],
)
def test_what_is_no_text_with_a_header_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bookings.csv"
    path.write_bytes(content)

    assert refusal(path) == said


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text().splitlines()[0] + "\n")

    assert refusal(path) == "The file has a header but no booking."


def test_a_quote_that_never_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text() + '"Sample Inn,0\n')

    assert "not readable as CSV" in refusal(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory." in refusal(tmp_path / "none.csv")


def test_of_several_hotels_one_must_be_chosen(tmp_path: Path) -> None:
    path = variant(tmp_path, hotel="Other Inn")

    assert refusal(path) == (
        "The file holds several hotels: choose one of 'Other Inn', 'Sample Inn'."
    )


def test_a_hotel_that_is_not_in_the_file_is_refused() -> None:
    assert refusal(SAMPLE, "Ritz") == "The file holds no hotel 'Ritz'; it holds 'Sample Inn'."


def test_only_the_chosen_hotel_is_taken_under_the_lines_of_the_file(tmp_path: Path) -> None:
    file = read_bookings(path=variant(tmp_path, hotel="Other Inn"), hotel="Sample Inn")

    assert [record.line for record in file.records] == [3, 4]


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    content = SAMPLE.read_text().replace("\n", "\r\n") + "\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())

    assert read_bookings(path=path).records == read_bookings(path=SAMPLE).records


def test_columns_of_other_names_beside_the_known_ones_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text("".join(f"{line},x\n" for line in SAMPLE.read_text().splitlines()))

    assert read_bookings(path=path).records == read_bookings(path=SAMPLE).records


def test_cells_are_read_without_the_blanks_around_them() -> None:
    (record,) = [r for r in read_bookings(path=SAMPLE).records if r.line == 87]

    assert record.room_type == "C"


def test_equal_lines_are_all_kept_and_told() -> None:
    file = read_bookings(path=SAMPLE)

    group = {69, 70, 71, 72}
    assert group <= {record.line for record in file.records}
    assert [(o.line, o.detail) for o in file.oddities if o.kind is Kind.DUPLICATE] == [
        (70, "line 69"),
        (71, "line 69"),
        (72, "line 69"),
    ]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (Kind.NEGATIVE_PRICE, [80]),
        (Kind.NO_NIGHTS, [73, 74, 75]),
        (Kind.NO_GUESTS, [81]),
        (Kind.NO_CHILDREN, [82]),
        (Kind.SHORT_COUNTRY, [82]),
        (Kind.NO_COUNTRY, [83]),
        (Kind.UNDEFINED_MEAL, [83]),
        (Kind.UNKNOWN_COUNTRY, [84]),
        (Kind.UNDEFINED_SEGMENT, [84]),
        (Kind.UNDEFINED_CHANNEL, [84]),
        (Kind.LEFT_EARLY, [76, 77]),
        (Kind.NO_SHOW_ELSEWHEN, [78]),
        (Kind.NO_ROOM_TYPE, [86]),
        (Kind.FLAG_CONTRADICTS, [88]),
        (Kind.CANCELLED_LATE, []),
    ],
)
def test_what_is_odd_is_told_with_its_line(kind: Kind, lines: list[int]) -> None:
    assert lines_of(kind) == lines


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (Kind.ZERO_PRICE, {"adr": "0.00"}),
        (Kind.NO_COUNTRY, {"country": "Undefined"}),
        (Kind.NO_COMPANY, {"company": ""}),
        (Kind.UNKNOWN_DEPOSIT, {"deposit_type": "Handshake"}),
        (Kind.ENDED_BEFORE_MADE, {"reservation_status_date": "2023-01-01"}),
        (
            Kind.CANCELLED_LATE,
            {"reservation_status": "Canceled", "reservation_status_date": "2025-01-01"},
        ),
        (
            Kind.LEFT_BEFORE_ARRIVAL,
            {"reservation_status": "Check-Out", "reservation_status_date": "2023-01-01"},
        ),
        (
            Kind.LEFT_LATE,
            {"reservation_status": "Check-Out", "reservation_status_date": "2025-01-01"},
        ),
    ],
)
def test_further_oddities_are_accepted(tmp_path: Path, kind: Kind, cells: dict[str, str]) -> None:
    file = read_bookings(path=variant(tmp_path, **cells))

    assert (kind, 2) in [(o.kind, o.line) for o in file.oddities]
    assert [record.line for record in file.records] == [2, 3, 4]


def test_a_two_letter_country_becomes_the_three_letter_code() -> None:
    (record,) = [r for r in read_bookings(path=SAMPLE).records if r.line == 82]

    assert (record.country, record.children) == ("CHN", 0)


def test_a_booking_without_a_room_type_is_rejected_with_the_reason() -> None:
    tally = next(
        t for t in tallies(read_bookings(path=SAMPLE).oddities) if t.kind is Kind.NO_ROOM_TYPE
    )

    assert tally.payload() == {
        "kind": "no reserved room type",
        "decision": "rejected",
        "reason": "no room can be kept for it",
        "count": 1,
        "lines": [{"line": 86, "detail": "NULL"}],
    }


def test_a_booking_is_made_its_lead_time_before_the_arrival(tmp_path: Path) -> None:
    cells = {"lead_time": "30", "arrival_date_month": "March", "arrival_date_day_of_month": "31"}
    record = read_bookings(path=variant(tmp_path, **cells)).records[0]

    assert (record.arrival_date - record.made_date).days == 30


def test_whole_numbers_written_with_a_decimal_point_are_read(tmp_path: Path) -> None:
    record = read_bookings(path=variant(tmp_path, children="2.0", babies="0")).records[0]

    assert record.children == 2


def test_outcomes_are_those_of_the_file() -> None:
    outcomes = {record.outcome for record in read_bookings(path=SAMPLE).records}

    assert outcomes == set(StayOutcome)
