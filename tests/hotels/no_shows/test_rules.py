"""No-show rules of domain.md, section 3: deadline, activity, fee, tax."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotels import calendar, money
from hotels.no_show_terms import PENALTY_TYPES, NoShowTerms
from hotels.no_shows import rules

ZONES = sorted(available_timezones() - {"localtime"})
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 15, 20, 0, tzinfo=UTC)


def terms(**fields: object) -> NoShowTerms:
    values: dict[str, object] = {
        "policy": "Flexible",
        "guaranteed": True,
        "release_time": time(18, 0),
        "penalty_type": "NIGHTS",
        "penalty_value": Decimal(1),
        "taxed": False,
        "grace_minutes": 120,
    }
    return NoShowTerms(**values | fields)  # type: ignore[arg-type]


def deadline(
    *,
    zone: str = "Europe/Lisbon",
    arrival: date = date(2026, 7, 15),
    day_close: time = time(3, 0),
    booked_at: datetime = LONG_AGO,
    **fields: object,
) -> datetime:
    return rules.deadline(
        terms=terms(**fields),
        arrival=arrival,
        booked_at=booked_at,
        day_close=day_close,
        zone=ZoneInfo(zone),
    )


class TestDeadline:
    def test_a_booking_without_guarantee_is_held_until_the_release_time_of_the_arrival_day(
        self,
    ) -> None:
        assert deadline(guaranteed=False) == datetime(2026, 7, 15, 17, 0, tzinfo=UTC)

    def test_a_guaranteed_booking_is_held_until_day_close_of_the_next_day(self) -> None:
        assert deadline() == datetime(2026, 7, 16, 2, 0, tzinfo=UTC)

    def test_a_release_time_after_midnight_belongs_to_the_night_of_the_arrival_day(self) -> None:
        held_until = deadline(guaranteed=False, release_time=time(1, 0))

        assert held_until == datetime(2026, 7, 16, 0, 0, tzinfo=UTC)

    def test_the_deadline_is_in_the_hotels_local_time(self) -> None:
        assert deadline(zone="Asia/Tokyo", guaranteed=False) == datetime(
            2026, 7, 15, 9, 0, tzinfo=UTC
        )

    def test_a_skipped_local_time_becomes_the_first_valid_instant_after_it(self) -> None:
        # Lisbon, 29 March 2026: 01:00 becomes 02:00.
        skipped = deadline(arrival=date(2026, 3, 28), day_close=time(1, 30))

        assert skipped == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    def test_a_local_time_that_occurs_twice_is_its_later_occurrence(self) -> None:
        # Lisbon, 25 October 2026: 02:00 becomes 01:00, so 01:30 occurs at 00:30 and at 01:30 UTC.
        twice = deadline(arrival=date(2026, 10, 24), day_close=time(1, 30))

        assert twice == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    def test_a_booking_made_after_its_deadline_has_the_grace_period(self) -> None:
        late = datetime(2026, 7, 15, 19, 0, tzinfo=UTC)

        held_until = deadline(guaranteed=False, booked_at=late, grace_minutes=90)

        assert held_until == late + timedelta(minutes=90)

    def test_a_booking_made_at_its_deadline_has_the_grace_period_too(self) -> None:
        at = datetime(2026, 7, 15, 17, 0, tzinfo=UTC)

        assert deadline(guaranteed=False, booked_at=at) == at + timedelta(hours=2)

    @pytest.mark.parametrize("seconds", [-1, 0, 1])
    def test_a_booking_made_around_its_deadline_has_the_grace_period(self, seconds: int) -> None:
        booked_at = datetime(2026, 7, 15, 17, 0, tzinfo=UTC) + timedelta(seconds=seconds)

        assert deadline(guaranteed=False, booked_at=booked_at) == booked_at + timedelta(hours=2)

    @pytest.mark.parametrize(("seconds", "later"), [(-1, 0), (0, 0), (1, 1)])
    def test_a_booking_made_around_the_grace_period_before_its_deadline(
        self, seconds: int, later: int
    ) -> None:
        due = datetime(2026, 7, 15, 17, 0, tzinfo=UTC)
        booked_at = due - timedelta(hours=2) + timedelta(seconds=seconds)

        assert deadline(guaranteed=False, booked_at=booked_at) == due + timedelta(seconds=later)

    @given(
        minutes=st.integers(-3000, 3000),
        grace=st.integers(0, 600),
        guaranteed=st.booleans(),
    )
    def test_a_booking_made_later_never_has_an_earlier_deadline(
        self, minutes: int, grace: int, guaranteed: bool
    ) -> None:
        booked_at = datetime(2026, 7, 15, 17, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        options = {"guaranteed": guaranteed, "grace_minutes": grace}

        first = deadline(booked_at=booked_at, **options)
        second = deadline(booked_at=booked_at + timedelta(seconds=1), **options)

        assert booked_at + timedelta(minutes=grace) <= first <= second

    @pytest.mark.parametrize("guaranteed", [True, False])
    def test_in_every_zone_the_deadline_is_on_the_right_business_date(
        self, guaranteed: bool
    ) -> None:
        wrong = []
        for zone, day_close, (month, day) in product(
            ZONES, (time(0, 0), time(3, 0)), ((3, 28), (3, 29), (7, 15), (10, 24), (10, 25))
        ):
            arrival = date(2026, month, day)
            at = deadline(zone=zone, arrival=arrival, guaranteed=guaranteed, day_close=day_close)
            today = calendar.business_date(now=at, zone=ZoneInfo(zone), day_close=day_close)
            if today != (arrival + timedelta(days=1) if guaranteed else arrival):
                wrong.append((zone, arrival))

        assert wrong == []

    @given(
        zone=st.sampled_from(ZONES),
        arrival=st.dates(min_value=date(1995, 1, 1), max_value=date(2037, 12, 30)),
        day_close=st.builds(time, st.integers(0, 6), st.integers(0, 59)),
        release_time=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
        guaranteed=st.booleans(),
    )
    def test_the_deadline_is_never_before_the_arrival_day(
        self, zone: str, arrival: date, day_close: time, release_time: time, guaranteed: bool
    ) -> None:
        at = deadline(
            zone=zone,
            arrival=arrival,
            day_close=day_close,
            release_time=release_time,
            guaranteed=guaranteed,
        )

        place = ZoneInfo(zone)
        assert calendar.business_date(now=at, zone=place, day_close=day_close) >= arrival
        assert at >= calendar.local_instant(day=arrival, at=day_close, zone=place)


class TestActivity:
    @pytest.mark.parametrize(
        ("facts", "reason"),
        [
            ({"checked_in_at": NOW}, "the guest has checked in"),
            ({"key_issued_at": NOW}, "a key was issued"),
            ({"charged": True}, "the folio has charges of the stay"),
            ({"staff_hold": True}, "the front desk is holding the room"),
            ({"eta": NOW + timedelta(hours=3)}, "the guest is expected later"),
        ],
    )
    def test_each_kind_of_activity_is_a_reason(self, facts: dict[str, object], reason: str) -> None:
        assert rules.Activity(**facts).reason_to_skip(now=NOW) == reason  # type: ignore[arg-type]

    def test_without_activity_there_is_no_reason_to_skip(self) -> None:
        assert rules.Activity().reason_to_skip(now=NOW) == ""

    @pytest.mark.parametrize(("minutes", "counts"), [(119, True), (120, False), (121, False)])
    def test_an_expected_arrival_counts_until_two_hours_after_it(
        self, minutes: int, counts: bool
    ) -> None:
        activity = rules.Activity(eta=NOW - timedelta(minutes=minutes))

        assert bool(activity.reason_to_skip(now=NOW)) is counts


def fee(prices: list[str], *, currency: str = "EUR", **fields: object) -> Decimal:
    return rules.fee(
        terms=terms(**fields), prices=[Decimal(price) for price in prices], currency=currency
    )


class TestFee:
    @pytest.mark.parametrize(
        ("penalty_type", "value", "expected"),
        [
            ("NONE", "5", "0.00"),
            ("NIGHTS", "1", "80.00"),
            ("NIGHTS", "2", "180.00"),
            ("NIGHTS", "1.5", "130.00"),
            ("NIGHTS", "9", "300.00"),
            ("PERCENT", "33.333", "100.00"),
            ("PERCENT", "250", "300.00"),
            ("FULL_STAY", "0", "300.00"),
            ("FIXED", "45.005", "45.01"),
            ("FIXED", "999", "999.00"),
        ],
    )
    def test_the_fee_of_each_kind(self, penalty_type: str, value: str, expected: str) -> None:
        amount = fee(["80", "100", "120"], penalty_type=penalty_type, penalty_value=Decimal(value))

        assert str(amount) == expected

    @pytest.mark.parametrize("penalty_type", ["NIGHTS", "PERCENT", "FULL_STAY"])
    def test_without_an_agreed_price_there_is_nothing_to_charge(self, penalty_type: str) -> None:
        assert fee([], penalty_type=penalty_type) == 0

    @pytest.mark.parametrize("penalty_type", ["NIGHTS", "PERCENT", "FULL_STAY"])
    def test_a_negative_room_total_gives_no_fee(self, penalty_type: str) -> None:
        assert fee(["50", "-80"], penalty_type=penalty_type) == 0

    def test_a_negative_first_night_gives_no_negative_fee(self) -> None:
        assert fee(["-10", "100"]) == 0

    @given(
        prices=st.lists(st.decimals("-500", "5000", places=4), max_size=12),
        value=st.decimals("0", "1000", places=4),
        penalty_type=st.sampled_from([t for t in PENALTY_TYPES if t != "FIXED"]),
        currency=st.sampled_from(sorted(money.known_currencies())),
    )
    def test_the_fee_is_between_zero_and_the_room_total(
        self, prices: list[Decimal], value: Decimal, penalty_type: str, currency: str
    ) -> None:
        amount = rules.fee(
            terms=terms(penalty_type=penalty_type, penalty_value=value),
            prices=prices,
            currency=currency,
        )

        assert 0 <= amount <= max(money.total(prices, currency=currency), Decimal(0))

    @given(
        prices=st.lists(st.decimals("0", "5000", places=4), max_size=12),
        value=st.decimals("0", "1000", places=4),
        penalty_type=st.sampled_from(PENALTY_TYPES),
        currency=st.sampled_from(sorted(money.known_currencies())),
        taxed=st.booleans(),
        included=st.booleans(),
        rate=st.decimals("0", "100", places=2),
    )
    def test_in_every_currency_net_and_tax_are_whole_minor_units_and_sum_to_the_gross(
        self,
        prices: list[Decimal],
        value: Decimal,
        penalty_type: str,
        currency: str,
        taxed: bool,
        included: bool,
        rate: Decimal,
    ) -> None:
        agreed = terms(penalty_type=penalty_type, penalty_value=value, taxed=taxed)
        amount = rules.fee(terms=agreed, prices=prices, currency=currency)

        charge = rules.charge(
            amount=amount, terms=agreed, rate=rate, included=included, currency=currency
        )

        assert charge.net + charge.tax == charge.gross
        for part in (charge.net, charge.tax, charge.gross):
            assert part == money.round_money(part, currency=currency)


class TestTax:
    def charge(self, **options: object) -> money.TaxSplit:
        taxed = bool(options.pop("taxed", True))
        return rules.charge(
            amount=Decimal(120),
            terms=terms(taxed=taxed),
            rate=Decimal(20),
            currency="GBP",
            **options,  # type: ignore[arg-type]
        )

    def test_a_fee_from_prices_including_tax_includes_tax(self) -> None:
        assert self.charge(included=True) == money.TaxSplit(
            net=Decimal(100), tax=Decimal(20), gross=Decimal(120)
        )

    def test_tax_is_added_to_a_fee_from_prices_excluding_tax(self) -> None:
        assert self.charge(included=False) == money.TaxSplit(
            net=Decimal(120), tax=Decimal(24), gross=Decimal(144)
        )

    @pytest.mark.parametrize("included", [True, False])
    def test_an_untaxed_fee_is_only_net(self, included: bool) -> None:
        assert self.charge(included=included, taxed=False) == money.TaxSplit(
            net=Decimal(120), tax=Decimal(0), gross=Decimal(120)
        )


@pytest.mark.parametrize(
    ("penalty_type", "value", "text"),
    [
        ("NONE", "1", "no fee"),
        ("NIGHTS", "1", "1 night"),
        ("NIGHTS", "2.0000", "2 nights"),
        ("PERCENT", "50", "50 % of the stay"),
        ("FULL_STAY", "1", "the whole stay"),
        ("FIXED", "20", "a fixed amount"),
    ],
)
def test_the_basis_of_the_fee_is_in_english(penalty_type: str, value: str, text: str) -> None:
    agreed = terms(penalty_type=penalty_type, penalty_value=Decimal(value))

    assert rules.fee_basis(terms=agreed) == text


@pytest.mark.parametrize(
    ("penalty_type", "value", "text"),
    [
        ("NIGHTS", "1", "the day-use price"),
        ("NIGHTS", "2", "the day-use price"),
        ("NIGHTS", "0.5", "0.5 × day-use price"),
        ("PERCENT", "50", "50 % of the stay"),
    ],
)
def test_the_basis_of_a_day_use_fee_is_the_day_use_price(
    penalty_type: str, value: str, text: str
) -> None:
    agreed = terms(penalty_type=penalty_type, penalty_value=Decimal(value))

    assert rules.fee_basis(terms=agreed, day_use=True) == text
