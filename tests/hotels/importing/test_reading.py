"""Reading a file of bookings: records, data issues, and refusals naming line and column."""

from pathlib import Path

import pytest

from hotels.importing.data_quality import IssueKind, tallies
from hotels.importing.reading import read_bookings
from hotels.importing.records import ImportRefused, StayOutcome
from tests.naive_bookings import SAMPLE


def lines_of(kind: IssueKind) -> list[int]:
    return [o.line for o in read_bookings(path=SAMPLE).issues if o.kind is kind]


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


def test_every_line_is_a_separate_booking() -> None:
    file = read_bookings(path=SAMPLE)

    assert file.rows == 87
    assert [record.line for record in file.records] == [n for n in range(2, 89) if n != 86]


def test_the_reference_of_a_booking_is_its_line() -> None:
    assert read_bookings(path=SAMPLE).records[0].reference == "L000002"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("adr", "cheap", "'cheap' is not an amount"),
        ("adr", "NaN", "'NaN' is not an amount"),
        ("adr", "", "'' is not an amount"),
        ("lead_time", "-1", "'-1' is not a whole number"),
        ("lead_time", "1.5", "'1.5' is not a whole number"),
        ("adults", "two", "'two' is not a whole number"),
        ("is_canceled", "2", "'2' is not 0 or 1"),
        ("arrival_date_month", "Juli", "'Juli' is not the English name of a month"),
        ("arrival_date_day_of_month", "32", "'32' is not a day of that month"),
        ("arrival_date_year", "1", "'1' is not a year from 1900 to 2999"),
        ("arrival_date_year", "9999", "'9999' is not a year from 1900 to 2999"),
        ("reservation_status", "Gone", "'Gone' is not one of Check-Out, Canceled, No-Show"),
        ("reservation_status_date", "31/03/2024", "is not a date such as"),
        ("reservation_status_date", "2024-02-30", "is not a date such as"),
        ("reservation_status_date", "9999-12-31", "is not a date such as"),
        ("reserved_room_type", "A" * 21, "at most 20 characters"),
        ("hotel", "", "the cell is empty"),
    ],
)
def test_an_unreadable_cell_is_named_with_line_and_column(
    tmp_path: Path, column: str, value: str, message: str
) -> None:
    sentence = refusal(variant(tmp_path, line=3, **{column: value}))

    assert sentence.startswith(f"Line 3, column {column}: ")
    assert message in sentence
    assert "\n" not in sentence


def test_a_price_too_large_for_its_nights_is_refused(tmp_path: Path) -> None:
    path = variant(tmp_path, line=3, adr="999999999.99", stays_in_week_nights="9999")

    assert refusal(path).startswith(
        "Line 3, column adr: '999999999.99' is not a price that can be "
    )


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text().replace("lead_time", "days_before", 1))

    assert refusal(path) == "Line 1: missing column lead_time."


def test_a_duplicate_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text().replace("meal,country", "country,country,meal", 1))

    assert refusal(path) == "Line 1: duplicate column country."


def test_a_line_with_too_few_fields_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text() + "Sample Inn,0,3\n")

    assert refusal(path) == "Line 89: 3 fields, but the header has 32."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Line 1: the file is empty; add a header with the column names."),
        (b"\n\n", "Line 1: the file is empty; add a header with the column names."),
        (b"caf\xe9,1\n", "Line 1: the file is not UTF-8 text."),
        (b"a\nb\nc\x00\n", "Line 3: the file contains a NUL character; it is not text."),
    ],
)
def test_a_file_without_a_header_or_not_utf_8_text_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "bookings.csv"
    path.write_bytes(content)

    assert refusal(path) == message


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text().splitlines()[0] + "\n")

    assert refusal(path) == "The file has a header but no bookings."


def test_an_unclosed_quote_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text() + '"Sample Inn,0\n')

    assert "not readable as CSV" in refusal(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory." in refusal(tmp_path / "none.csv")


def test_the_hotel_must_be_chosen_if_the_file_contains_several(tmp_path: Path) -> None:
    path = variant(tmp_path, hotel="Other Inn")

    assert refusal(path) == (
        "The file contains several hotels: choose one of 'Other Inn', 'Sample Inn' with --hotel."
    )


def test_a_hotel_that_is_not_in_the_file_is_refused() -> None:
    assert (
        refusal(SAMPLE, "Ritz")
        == "The file does not contain the hotel 'Ritz'; it contains 'Sample Inn'."
    )


def test_only_the_chosen_hotel_is_read_with_the_line_numbers_of_the_file(tmp_path: Path) -> None:
    file = read_bookings(path=variant(tmp_path, hotel="Other Inn"), hotel="Sample Inn")

    assert [record.line for record in file.records] == [3, 4]


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    content = SAMPLE.read_text().replace("\n", "\r\n") + "\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())

    assert read_bookings(path=path).records == read_bookings(path=SAMPLE).records


def test_unknown_columns_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text("".join(f"{line},x\n" for line in SAMPLE.read_text().splitlines()))

    assert read_bookings(path=path).records == read_bookings(path=SAMPLE).records


def test_spaces_around_cells_are_ignored() -> None:
    (record,) = [r for r in read_bookings(path=SAMPLE).records if r.line == 87]

    assert record.room_type == "C"


def test_equal_lines_are_all_kept_and_reported() -> None:
    file = read_bookings(path=SAMPLE)

    group = {69, 70, 71, 72}
    assert group <= {record.line for record in file.records}
    assert [(o.line, o.detail) for o in file.issues if o.kind is IssueKind.DUPLICATE] == [
        (70, "line 69"),
        (71, "line 69"),
        (72, "line 69"),
    ]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (IssueKind.NEGATIVE_PRICE, [80]),
        (IssueKind.NO_NIGHTS, [73, 74, 75]),
        (IssueKind.NO_GUESTS, [81]),
        (IssueKind.NO_CHILDREN, [82]),
        (IssueKind.SHORT_COUNTRY, [82]),
        (IssueKind.NO_COUNTRY, [83]),
        (IssueKind.UNDEFINED_MEAL, [83]),
        (IssueKind.UNKNOWN_COUNTRY, [84]),
        (IssueKind.UNDEFINED_SEGMENT, [84]),
        (IssueKind.UNDEFINED_CHANNEL, [84]),
        (IssueKind.LEFT_EARLY, [76, 77]),
        (IssueKind.NO_SHOW_ELSEWHEN, [78]),
        (IssueKind.NO_ROOM_TYPE, [86]),
        (IssueKind.FLAG_CONTRADICTS, [88]),
        (IssueKind.CANCELLED_LATE, []),
    ],
)
def test_every_data_issue_is_reported_with_its_line(kind: IssueKind, lines: list[int]) -> None:
    assert lines_of(kind) == lines


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (IssueKind.ZERO_PRICE, {"adr": "0.00"}),
        (IssueKind.NO_COUNTRY, {"country": "Undefined"}),
        (IssueKind.NO_COMPANY, {"company": ""}),
        (IssueKind.UNKNOWN_DEPOSIT, {"deposit_type": "Handshake"}),
        (IssueKind.ENDED_BEFORE_MADE, {"reservation_status_date": "2023-01-01"}),
        (
            IssueKind.CANCELLED_LATE,
            {"reservation_status": "Canceled", "reservation_status_date": "2025-01-01"},
        ),
        (
            IssueKind.LEFT_BEFORE_ARRIVAL,
            {"reservation_status": "Check-Out", "reservation_status_date": "2023-01-01"},
        ),
        (
            IssueKind.LEFT_LATE,
            {"reservation_status": "Check-Out", "reservation_status_date": "2025-01-01"},
        ),
    ],
)
def test_a_booking_with_this_issue_is_accepted(
    tmp_path: Path, kind: IssueKind, cells: dict[str, str]
) -> None:
    file = read_bookings(path=variant(tmp_path, **cells))

    assert (kind, 2) in [(o.kind, o.line) for o in file.issues]
    assert [record.line for record in file.records] == [2, 3, 4]


def test_a_two_letter_country_becomes_the_three_letter_code() -> None:
    (record,) = [r for r in read_bookings(path=SAMPLE).records if r.line == 82]

    assert (record.country, record.children) == ("CHN", 0)


def test_a_booking_without_a_room_type_is_rejected_with_the_reason() -> None:
    tally = next(
        t for t in tallies(read_bookings(path=SAMPLE).issues) if t.kind is IssueKind.NO_ROOM_TYPE
    )

    assert tally.payload() == {
        "kind": "no reserved room type",
        "decision": "rejected",
        "reason": "no room can be assigned",
        "count": 1,
        "lines": [{"line": 86, "detail": "NULL"}],
    }


def test_a_booking_is_made_on_arrival_minus_lead_time(tmp_path: Path) -> None:
    cells = {"lead_time": "30", "arrival_date_month": "March", "arrival_date_day_of_month": "31"}
    record = read_bookings(path=variant(tmp_path, **cells)).records[0]

    assert (record.arrival_date - record.made_date).days == 30


def test_whole_numbers_with_a_decimal_point_are_accepted(tmp_path: Path) -> None:
    record = read_bookings(path=variant(tmp_path, children="2.0", babies="0")).records[0]

    assert record.children == 2


def test_all_outcomes_of_the_file_are_known() -> None:
    outcomes = {record.outcome for record in read_bookings(path=SAMPLE).records}

    assert outcomes == set(StayOutcome)
