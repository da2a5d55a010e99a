"""Automatic assignment of tasks (domain rule 1); no database."""

from hypothesis import given
from hypothesis import strategies as st

from hotels.housekeeping.assignment import Assignable, Attendant, assign
from hotels.models import Priority


def task(
    key: int, *, priority: str = "NORMAL", minutes: int = 30, floor: int = 1
) -> Assignable[int]:
    return Assignable(
        key=key, priority=priority, minutes=minutes, floor=floor, order=(str(key), key)
    )


def test_a_task_goes_to_the_attendant_with_the_lowest_share_of_the_day_filled() -> None:
    half, full = Attendant(pk=1, capacity=200, load=60), Attendant(pk=2, capacity=400, load=90)

    assert assign([task(1)], staff=[half, full]) == {1: 2}


def test_a_tie_goes_to_the_attendant_of_the_same_floor() -> None:
    staff = [
        Attendant(pk=1, capacity=400, floor=1, tasks=0),
        Attendant(pk=2, capacity=400, floor=2, tasks=9),
    ]

    assert assign([task(1, floor=2)], staff=staff) == {1: 2}


def test_a_tie_on_the_same_floor_goes_to_the_attendant_with_the_fewest_tasks() -> None:
    staff = [Attendant(pk=1, capacity=400, tasks=2), Attendant(pk=2, capacity=400, tasks=1)]

    assert assign([task(1)], staff=staff) == {1: 2}


def test_a_complete_tie_goes_to_the_lowest_id() -> None:
    staff = [Attendant(pk=2, capacity=400), Attendant(pk=1, capacity=400)]

    assert assign([task(1)], staff=staff) == {1: 1}


def test_a_more_urgent_task_is_assigned_before_a_longer_one() -> None:
    tasks = [task(1, priority="LOW", minutes=60), task(2, priority="URGENT", minutes=30)]

    assert assign(tasks, staff=[Attendant(pk=1, capacity=60)]) == {2: 1}


def test_within_a_priority_the_longest_task_is_assigned_first() -> None:
    tasks = [task(1, minutes=30), task(2, minutes=60)]

    assert assign(tasks, staff=[Attendant(pk=1, capacity=60)]) == {2: 1}


def test_an_attendant_without_time_is_skipped_for_one_with_time() -> None:
    small, large = Attendant(pk=1, capacity=20), Attendant(pk=2, capacity=100, load=70)

    assert assign([task(1)], staff=[small, large]) == {1: 2}


def test_a_task_that_fills_the_day_exactly_is_assigned() -> None:
    assert assign([task(1)], staff=[Attendant(pk=1, capacity=30)]) == {1: 1}


def test_a_task_too_long_for_every_day_stays_unassigned_and_the_next_is_assigned() -> None:
    tasks = [task(1, minutes=90), task(2, minutes=30)]

    assert assign(tasks, staff=[Attendant(pk=1, capacity=60)]) == {2: 1}


def test_an_attendant_without_capacity_gets_no_task() -> None:
    assert assign([task(1)], staff=[Attendant(pk=1, capacity=0)]) == {}


attendants = st.lists(
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
task_lists = st.lists(
    st.tuples(st.sampled_from(Priority.values), st.integers(0, 200), st.integers(0, 3)),
    max_size=40,
)


@given(attendants, task_lists)
def test_no_day_exceeds_capacity_and_no_task_is_left_that_still_fits(
    staff: list[Attendant], wanted: list[tuple[str, int, int]]
) -> None:
    tasks = [
        task(key, priority=priority, minutes=minutes, floor=floor)
        for key, (priority, minutes, floor) in enumerate(wanted)
    ]

    found = assign(tasks, staff=staff)

    load = {one.pk: one.load for one in staff}
    for one in tasks:
        if one.key in found:
            load[found[one.key]] += one.minutes
    given_to = set(found.values())
    assert all(load[one.pk] <= one.capacity for one in staff if one.pk in given_to)
    unassigned = [one.minutes for one in tasks if one.key not in found]
    assert not [one for one in staff if any(load[one.pk] + m <= one.capacity for m in unassigned)]


@given(attendants, task_lists, st.randoms())
def test_the_order_of_tasks_and_attendants_does_not_matter(
    staff: list[Attendant], wanted: list[tuple[str, int, int]], chance: object
) -> None:
    tasks = [task(key, priority=p, minutes=m, floor=f) for key, (p, m, f) in enumerate(wanted)]
    before = assign(tasks, staff=staff)

    chance.shuffle(tasks)  # type: ignore[attr-defined]
    chance.shuffle(staff)  # type: ignore[attr-defined]

    assert assign(tasks, staff=staff) == before
