"""Points of the sparkline."""

from hypothesis import given
from hypothesis import strategies as st

from jobs.console.home.sparkline import HEIGHT, WIDTH, points

DURATIONS = st.lists(st.none() | st.floats(0, 1e6), max_size=40)


def test_the_highest_value_reaches_the_top_and_days_without_values_are_skipped() -> None:
    assert points([1.0, None, 2.0, 2.0]) == "0.0,12.0 80.0,1.0 120.0,1.0"


def test_two_values_make_no_line() -> None:
    assert points([None, 4.0, 2.0]) == ""


def test_the_line_begins_with_the_first_value() -> None:
    assert points([None, None, 1.0, 1.0, 1.0]) == "0.0,1.0 60.0,1.0 120.0,1.0"


def test_zero_durations_make_a_line_along_the_bottom() -> None:
    assert points([0.0, 0.0, 0.0]) == "0.0,23.0 60.0,23.0 120.0,23.0"


@given(DURATIONS)
def test_every_point_is_inside_the_box(values: list[float | None]) -> None:
    for point in points(values).split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
