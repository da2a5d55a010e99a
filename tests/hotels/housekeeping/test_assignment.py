"""Who gets which task: domain rule 1, without a database."""

from hypothesis import given
from hypothesis import strategies as st

from hotels.housekeeping.assignment import Assignable, Attendant, assign
from hotels.models import Priority


def work(
    key: int, *, priority: str = "NORMAL", minutes: int = 30, floor: int = 1
) -> Assignable[int]:
    return Assignable(
        key=key, priority=priority, minutes=minutes, floor=floor, order=(str(key), key)
    )


def test_a_task_goes_to_the_one_whose_day_is_filled_least_in_proportion() -> None:
    half, full = Attendant(pk=1, capacity=200, load=60), Attendant(pk=2, capacity=400, load=90)

    assert assign([work(1)], staff=[half, full]) == {1: 2}


def test_a_tie_goes_to_the_same_floor() -> None:
    staff = [
        Attendant(pk=1, capacity=400, floor=1, tasks=0),
        Attendant(pk=2, capacity=400, floor=2, tasks=9),
    ]

    assert assign([work(1, floor=2)], staff=staff) == {1: 2}


def test_a_tie_on_the_floor_goes_to_the_fewest_tasks() -> None:
    staff = [Attendant(pk=1, capacity=400, tasks=2), Attendant(pk=2, capacity=400, tasks=1)]

    assert assign([work(1)], staff=staff) == {1: 2}


def test_a_tie_in_everything_goes_to_the_lowest_id() -> None:
    staff = [Attendant(pk=2, capacity=400), Attendant(pk=1, capacity=400)]

    assert assign([work(1)], staff=staff) == {1: 1}


def test_the_more_urgent_task_is_placed_before_the_longer_one() -> None:
    works = [work(1, priority="LOW", minutes=60), work(2, priority="URGENT", minutes=30)]

    assert assign(works, staff=[Attendant(pk=1, capacity=60)]) == {2: 1}


def test_within_a_priority_the_longest_is_placed_first() -> None:
    works = [work(1, minutes=30), work(2, minutes=60)]

    assert assign(works, staff=[Attendant(pk=1, capacity=60)]) == {2: 1}


def test_who_is_full_is_passed_over_for_somebody_who_still_fits() -> None:
    small, large = Attendant(pk=1, capacity=20), Attendant(pk=2, capacity=100, load=70)

    assert assign([work(1)], staff=[small, large]) == {1: 2}


def test_a_task_that_fills_the_day_to_the_minute_still_fits() -> None:
    assert assign([work(1)], staff=[Attendant(pk=1, capacity=30)]) == {1: 1}


def test_a_task_that_fits_nobody_is_left_and_the_next_one_placed() -> None:
    works = [work(1, minutes=90), work(2, minutes=30)]

    assert assign(works, staff=[Attendant(pk=1, capacity=60)]) == {2: 1}


def test_who_has_no_minutes_a_day_gets_nothing() -> None:
    assert assign([work(1)], staff=[Attendant(pk=1, capacity=0)]) == {}


people = st.lists(
    st.builds(
        Attendant,
        pk=st.integers(1, 10**6),
        capacity=st.integers(0, 480),
        floor=st.none() | st.integers(0, 3),
        load=st.integers(0, 500),
        tasks=st.integers(0, 20),
    ),
    max_size=6,
    unique_by=lambda one: one.pk,
)
lists_of_work = st.lists(
    st.tuples(st.sampled_from(Priority.values), st.integers(0, 200), st.integers(0, 3)),
    max_size=40,
)


@given(people, lists_of_work)
def test_nobody_is_over_capacity_and_nothing_is_left_while_somebody_still_fits(
    staff: list[Attendant], wanted: list[tuple[str, int, int]]
) -> None:
    works = [
        work(key, priority=priority, minutes=minutes, floor=floor)
        for key, (priority, minutes, floor) in enumerate(wanted)
    ]

    found = assign(works, staff=staff)

    load = {one.pk: one.load for one in staff}
    for one in works:
        if one.key in found:
            load[found[one.key]] += one.minutes
    given_to = set(found.values())
    assert all(load[one.pk] <= one.capacity for one in staff if one.pk in given_to)
    left = [one.minutes for one in works if one.key not in found]
    assert not [one for one in staff if any(load[one.pk] + m <= one.capacity for m in left)]


@given(people, lists_of_work, st.randoms())
def test_the_order_in_which_tasks_and_people_are_given_changes_nothing(
    staff: list[Attendant], wanted: list[tuple[str, int, int]], chance: object
) -> None:
    works = [work(key, priority=p, minutes=m, floor=f) for key, (p, m, f) in enumerate(wanted)]
    before = assign(works, staff=staff)

    chance.shuffle(works)  # type: ignore[attr-defined]
    chance.shuffle(staff)  # type: ignore[attr-defined]

    assert assign(works, staff=staff) == before
