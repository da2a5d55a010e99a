"""The short simulation: each hotel plays some days around a change of its clocks."""

from datetime import UTC, datetime

import pytest

from tests.simulation.compare import Difference, check
from tests.simulation.player import Play, play
from tests.simulation.world import PLACES, build

SHORT = Play(days=6, acts=16, checks=3, engine=5)
SEEDS = (100,)


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_jobs_write_what_the_oracle_expects(place: str, seed: int) -> None:
    for _ in play(place, seed=seed, options=SHORT):
        pass


@pytest.mark.django_db
def test_a_difference_shows_hotel_instant_values_and_the_last_acts() -> None:
    world = build("chatham", seed=7)
    world.now = datetime(2026, 4, 4, 13, 45, tzinfo=UTC)
    world.note("booked", "CH1/1")
    world.note("booked", "CH2/1")

    with pytest.raises(Difference) as raised:
        check(world, "CH1/1", "NO_SHOW", "CONFIRMED")

    assert str(raised.value).splitlines() == [
        "chatham-7, 2026-04-05 03:30 +1345 (2026-04-04 13:45Z), CH1/1:",
        "  expected NO_SHOW",
        "  actual   CONFIRMED",
        "  last acts:",
        "    2026-04-04 13:45Z booked CH1/1",
    ]
