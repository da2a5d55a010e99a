"""Business dates, nights and local deadlines in all IANA time zones."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hotels.calendar import ONE_DAY, business_date, day_start, local_date, local_instant, nights
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows import rules as no_show_rules

pytestmark = pytest.mark.once

ZONES = sorted(available_timezones())


def rules(name: str) -> bytes:
    """The file of a zone, from the system's database or else the package tzdata."""
    for folder in TZPATH:
        if (file := Path(folder, name)).is_file():
            return file.read_bytes()
    return files("tzdata").joinpath("zoneinfo", name).read_bytes()


# One name of each set of rules; the others are other names of the same file.
RULES = sorted({rules(name): name for name in ZONES}.values())
SECOND = timedelta(seconds=1)
HALF = timedelta(minutes=30)
NEAR = timedelta(days=10)
zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(min_value=date(1880, 1, 1), max_value=date(2090, 12, 31))
hours = st.times().map(lambda at: at.replace(microsecond=0))
moments = st.datetimes(
    min_value=datetime(1880, 1, 1), max_value=datetime(2090, 12, 31), timezones=st.just(UTC)
)


@cache
def changes(zone: ZoneInfo) -> list[datetime]:
    """The instants from 1880 to 2040 at which the offset of a zone changes, found by search."""
    return list(_changes(zone))


def _changes(zone: ZoneInfo) -> Iterator[datetime]:
    at, step = datetime(1880, 1, 1, tzinfo=UTC), timedelta(days=20)
    new = at.astimezone(zone).utcoffset()
    while at.year < 2040:
        low, high, old = at, at + step, new
        new = high.astimezone(zone).utcoffset()
        if new != old:
            while high - low > SECOND:
                middle = low + (high - low) // SECOND // 2 * SECOND
                low, high = (
                    (middle, high) if middle.astimezone(zone).utcoffset() == old else (low, middle)
                )
            yield high
        at += step


def situations(*, since: int) -> Iterator[tuple[ZoneInfo, datetime]]:
    """Every clock change since a year, of one of the zones in which it is the same.

    Two are the same if both zones have the same offsets from ten days before to ten days after:
    most of Europe has been one zone for decades, and no check here looks further than three days.
    """
    seen = set()
    for zone in map(ZoneInfo, RULES):
        found = changes(zone)
        for change in (each for each in found if each.year >= since):
            near = found[bisect_left(found, change - NEAR) : bisect_right(found, change + NEAR)]
            offsets = [(at, (at - SECOND).astimezone(zone).utcoffset()) for at in near]
            last = near[-1].astimezone(zone).utcoffset()
            if (key := (change, *offsets, last)) not in seen:
                seen.add(key)
                yield zone, change


@contextmanager
def naming(zone: ZoneInfo, change: datetime) -> Iterator[None]:
    """Name zone and clock change in the failure of a check."""
    try:
        yield
    except AssertionError as error:
        error.add_note(f"{zone} at the change of {change}")
        raise


def local_time(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def check_instant(local: datetime, zone: ZoneInfo) -> None:
    """Check the instants with the local time `local`; without one, the end of the gap."""
    first = local_instant(day=local.date(), at=local.time(), zone=zone)
    last = local_instant(day=local.date(), at=local.time(), zone=zone, later=True)
    readings = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = sorted(moment for moment in readings if local_time(moment, zone) == local)
    if shown:
        assert (first, last) == (shown[0], shown[-1])
    else:
        assert first == last
        assert local_time(first - SECOND, zone) < local < local_time(first, zone)


def repeated_hour(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether the local time of the instant occurs twice."""
    local = moment.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def check_day_start(day: date, zone: ZoneInfo, close: time) -> None:
    """Check that the business date reaches `day` at the start of the day and not before."""
    begins = day_start(day=day, zone=zone, day_close=close)

    assert business_date(now=begins - SECOND, zone=zone, day_close=close) < day
    assert business_date(now=begins, zone=zone, day_close=close) >= day
    assert begins <= day_start(day=day + ONE_DAY, zone=zone, day_close=close)


def check_never_backwards(zone: ZoneInfo, close: time, moments: list[datetime]) -> None:
    dates = [business_date(now=at, zone=zone, day_close=close) for at in sorted(moments)]
    assert dates == sorted(dates)


def no_show_deadline(arrival: date, zone: ZoneInfo, close: time) -> datetime:
    """The deadline of a guaranteed room booked long ago."""
    terms = NoShowTerms(policy="P", guaranteed=True, release_time=time(18), penalty_type="NONE",
                        penalty_value=Decimal(0), taxed=False, grace_minutes=120)  # fmt: skip
    booked_at = datetime(1800, 1, 1, tzinfo=UTC)
    return no_show_rules.deadline(
        terms=terms, arrival=arrival, booked_at=booked_at, day_close=close, zone=zone
    )


class TestInstant:
    def test_local_times_around_every_clock_change_of_every_zone(self) -> None:
        for zone, change in situations(since=1880):
            before, after = local_time(change - SECOND, zone) + SECOND, local_time(change, zone)
            middle = before + (after - before) // 2
            for local in (before - SECOND, before, after - SECOND, after, after + SECOND, middle):
                with naming(zone, change):
                    check_instant(local.replace(microsecond=0), zone)

    @given(zone=zones, day=days, at=hours)
    def test_the_instant_has_the_local_time_on_any_day(self, zone, day, at) -> None:
        check_instant(datetime.combine(day, at), zone)

    @given(zone=zones, moment=moments)
    def test_the_local_time_of_an_instant_gives_the_instant_again(self, zone, moment) -> None:
        moment = moment.replace(microsecond=0)
        local = moment.astimezone(zone)
        back = local_instant(day=local.date(), at=local.time(), zone=zone, later=bool(local.fold))

        assert back == moment

    def test_a_time_in_the_spring_gap_becomes_the_first_instant_after_it(self) -> None:
        at = local_instant(day=date(2026, 3, 29), at=time(2, 30), zone=ZoneInfo("Europe/Berlin"))

        assert at == datetime(2026, 3, 29, 1, tzinfo=UTC)

    def test_the_end_of_the_gap_is_exact_for_fractions_of_a_second(self) -> None:
        at = local_instant(
            day=date(2026, 3, 29), at=time(2, 59, 59, 999_999), zone=ZoneInfo("Europe/Berlin")
        )

        assert at == datetime(2026, 3, 29, 1, tzinfo=UTC)

    def test_a_costly_deadline_takes_the_later_of_two_instants(self) -> None:
        ask = {"day": date(2026, 10, 25), "at": time(2, 30), "zone": ZoneInfo("Europe/Berlin")}

        assert local_instant(**ask) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert local_instant(**ask, later=True) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("name", "skipped", "resumed"),
        [
            ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
            ("Pacific/Fakaofo", date(2011, 12, 30), datetime(2011, 12, 30, 11, tzinfo=UTC)),
            ("Pacific/Kwajalein", date(1993, 8, 21), datetime(1993, 8, 21, 12, tzinfo=UTC)),
        ],
    )
    @pytest.mark.parametrize("at", [time(0), time(3), time(18), time(23, 59, 59)])
    def test_a_skipped_day_gives_the_midnight_after_it(
        self, name: str, skipped: date, resumed: datetime, at: time
    ) -> None:
        zone = ZoneInfo(name)

        assert local_instant(day=skipped, at=at, zone=zone) == resumed
        assert local_date(now=resumed, zone=zone) == skipped + timedelta(days=1)

    def test_local_mean_time_has_offsets_in_seconds(self) -> None:
        at = local_instant(day=date(1880, 1, 1), at=time(12), zone=ZoneInfo("Europe/Lisbon"))

        assert at == datetime(1880, 1, 1, 12, 36, 45, tzinfo=UTC)

    def test_summer_time_of_half_an_hour(self) -> None:
        ask = {"day": date(2026, 4, 5), "at": time(1, 45), "zone": ZoneInfo("Australia/Lord_Howe")}

        assert local_instant(**ask, later=True) - local_instant(**ask) == timedelta(minutes=30)


class TestBusinessDate:
    @given(zone=zones, moment=moments, close=hours)
    def test_before_day_close_it_is_the_previous_date(self, zone, moment, close) -> None:
        assume(not repeated_hour(moment, zone))
        local = local_time(moment, zone)

        today = business_date(now=moment, zone=zone, day_close=close)

        assert today == local.date() - timedelta(days=local.time() < close)

    @given(zone=zones, day=days, close=hours)
    def test_a_business_date_begins_exactly_at_day_close(self, zone, day, close) -> None:
        check_day_start(day, zone, close)

    @given(data=st.data(), zone=zones, close=hours)
    def test_it_never_runs_backwards_around_the_clock_changes_of_any_zone(
        self, data, zone, close
    ) -> None:
        change = data.draw(st.sampled_from(changes(zone) or [datetime(2026, 1, 1, tzinfo=UTC)]))
        seconds = data.draw(st.lists(st.integers(-200_000, 200_000), min_size=2, max_size=20))

        moments = sorted(change + timedelta(seconds=n) for n in seconds)
        dates = [business_date(now=at, zone=zone, day_close=close) for at in moments]

        assert dates == sorted(dates)

    def test_the_close_times_around_every_clock_change_of_every_zone(self) -> None:
        """Since 1970: day closes at, in and just before the local times repeated or skipped."""
        for zone, change in situations(since=1970):
            before, after = local_time(change - SECOND, zone) + SECOND, local_time(change, zone)
            moments = [change + n * SECOND for n in (-1800, -1, 0, 900, 1800, 3600, 7200, 90_000)]
            for wall in (before, after, max(before, after) - SECOND, min(before, after) + HALF):
                with naming(zone, change):
                    check_never_backwards(zone, wall.time(), moments)
                    check_day_start(wall.date(), zone, wall.time())

    def test_the_day_closes_at_the_second_half_past_two_when_the_clocks_go_back(self) -> None:
        """Berlin, 25 October 2026: 02:00 to 03:00 occurs twice."""
        berlin = {"zone": ZoneInfo("Europe/Berlin"), "day_close": time(2, 30)}
        moments = [datetime(2026, 10, 25, 0, 29, tzinfo=UTC) + timedelta(minutes=n)
                   for n in (0, 1, 31, 60, 61)]  # fmt: skip

        assert [local_time(at, berlin["zone"]).strftime("%H:%M") for at in moments] == [
            "02:29", "02:30", "02:00", "02:29", "02:30",
        ]  # fmt: skip
        assert [business_date(now=at, **berlin).day for at in moments] == [24, 24, 24, 24, 25]

    @given(zone=zones, day=days, close=hours)
    def test_a_guaranteed_room_is_a_no_show_exactly_when_its_business_date_closes(
        self, zone, day, close
    ) -> None:
        due = no_show_deadline(day, zone, close)

        assert due == day_start(day=day + ONE_DAY, zone=zone, day_close=close)
        assert business_date(now=due, zone=zone, day_close=close) > day
        assert business_date(now=due - SECOND, zone=zone, day_close=close) <= day

    def test_no_show_and_day_close_agree_in_a_repeated_hour(self) -> None:
        zone, close = ZoneInfo("Europe/Berlin"), time(2, 30)

        due = no_show_deadline(date(2026, 10, 24), zone, close)

        assert due == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    def test_day_close_at_midnight_is_the_calendar_date(self) -> None:
        now = datetime(2026, 7, 15, 0, 0, tzinfo=UTC)

        assert business_date(now=now, zone=ZoneInfo("UTC"), day_close=time(0)) == now.date()

    def test_in_the_longest_autumn_night_the_date_changes_at_day_close(self) -> None:
        """Subtracting three hours from 03:00 would give 23:00 or 01:00."""
        zone = ZoneInfo("Europe/Lisbon")
        close = datetime(2026, 10, 25, 3, tzinfo=UTC)

        assert business_date(now=close - SECOND, zone=zone, day_close=time(3)).day == 24
        assert business_date(now=close, zone=zone, day_close=time(3)).day == 25


@given(zone=zones, moment=moments)
def test_the_local_date_is_the_date_in_the_zone(zone, moment) -> None:
    assert local_date(now=moment, zone=zone) == moment.astimezone(zone).date()


def test_since_2012_the_local_date_runs_backwards_in_no_zone() -> None:
    """Newfoundland set its clocks back at 00:01 until 2010; then a calendar date came twice."""
    for zone, change in situations(since=2012):
        before, after = (local_date(now=at, zone=zone) for at in (change - SECOND, change))
        with naming(zone, change):
            assert before <= after


class TestNights:
    @given(arrival=days, count=st.integers(min_value=0, max_value=400))
    def test_a_stay_has_a_night_for_each_day_except_the_last(self, arrival, count) -> None:
        departure = arrival + timedelta(days=count)

        found = list(nights(arrival=arrival, departure=departure))

        assert found == [arrival + timedelta(days=n) for n in range(count)]
        assert departure not in found

    def test_day_use_has_no_nights(self) -> None:
        assert list(nights(arrival=date(2026, 7, 1), departure=date(2026, 7, 1))) == []

    def test_a_departure_before_the_arrival_is_refused(self) -> None:
        with pytest.raises(ValueError, match="before arrival"):
            nights(arrival=date(2026, 7, 2), departure=date(2026, 7, 1))
