"""One simulated hotel: its rows in the database, the oracle's books and the diary of acts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from hotels.models import Hotel
from tests.factories import (
    EquipmentFactory,
    HotelFactory,
    PlanFactory,
    PolicyFactory,
    RoomFactory,
    RoomTypeFactory,
    StaffFactory,
    UserFactory,
)
from tests.simulation.oracle.books import Books, Person, Room, Terms, Type
from tests.simulation.oracle.upkeep import PlanOracle

# Day close at an hour that the clock change skips or repeats, where the zone has one.
PLACES: dict[str, dict[str, Any]] = {
    "lisbon": {
        "timezone": "Europe/Lisbon",
        "currency": "EUR",
        "day_close_time": time(1, 30),
        "accommodation_tax_rate": Decimal(6),
        "prices_include_tax": True,
    },
    "kathmandu": {
        "timezone": "Asia/Kathmandu",
        "currency": "NPR",
        "day_close_time": time(3, 0),
        "accommodation_tax_rate": Decimal(13),
        "prices_include_tax": False,
        "stayover_interval": 2,
        "occupancy_basis": "SELLABLE",
        "tax_rounding": "RATE",
    },
    "lord-howe": {
        "timezone": "Australia/Lord_Howe",
        "currency": "AUD",
        "day_close_time": time(1, 45),
        "accommodation_tax_rate": Decimal(10),
        "prices_include_tax": True,
        "linen_interval": 2,
    },
    "new-york": {
        "timezone": "America/New_York",
        "currency": "USD",
        "day_close_time": time(2, 30),
        "accommodation_tax_rate": Decimal("8.875"),
        "prices_include_tax": False,
    },
    "chatham": {
        "timezone": "Pacific/Chatham",
        "currency": "NZD",
        "day_close_time": time(3, 0),
        "accommodation_tax_rate": Decimal(15),
        "prices_include_tax": True,
        "dirty_occupied_rooms": False,
        "stayover_interval": 3,
    },
}
# Some days before the clocks change, or where they never do, before a new year and a leap day.
FIRST_DAYS = {
    "lisbon": (date(2026, 3, 26), date(2026, 10, 22)),
    "kathmandu": (date(2026, 12, 29), date(2028, 2, 26)),
    "lord-howe": (date(2026, 4, 2), date(2026, 10, 1)),
    "new-york": (date(2026, 3, 5), date(2026, 10, 29)),
    "chatham": (date(2026, 4, 2), date(2026, 9, 24)),
}
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class World:
    """A hotel at play. `plans` are the oracle's plans by key, `policies` the terms on offer."""

    place: str
    seed: int
    hotel: Hotel
    books: Books
    rng: Random
    user: User
    policies: list[tuple[Any, Terms]] = field(default_factory=list)
    plans: dict[int, PlanOracle] = field(default_factory=dict)
    diary: list[tuple[datetime, str, str]] = field(default_factory=list)
    now: datetime = BEGINNING
    bookings: int = 0
    done: dict[str, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The business date."""
        return self.books.today(self.now)

    def note(self, what: str, *about: object) -> None:
        """Write an act into the diary."""
        self.diary.append((self.now, what, " ".join(map(str, about))))
        del self.diary[:-4000]

    def acts_on(self, label: str, *, last: int = 12) -> list[str]:
        """The last acts about an object, with those about the hotel's rooms and jobs."""
        found = [entry for entry in self.diary if label in entry[2].split()]
        return [f"{at:%Y-%m-%d %H:%M}Z {what} {about}" for at, what, about in found[-last:]]

    def chance(self, percent: float) -> bool:
        """True in so many of a hundred cases."""
        return self.rng.random() * 100 < percent

    def pick(self, rows: Any) -> Any:
        """One of some rows, or None without any."""
        found = list(rows)
        return self.rng.choice(found) if found else None

    @contextmanager
    def act(self) -> Iterator[None]:
        """One transaction of staff."""
        with transaction.atomic():
            yield


def build(place: str, *, seed: int) -> World:
    """A hotel with three types of room, staff, policies and maintenance plans."""
    options = PLACES[place]
    hotel = HotelFactory(code=f"{place}-{seed}", is_sandbox=True, **options)
    rng = Random(f"{seed}:{place}")
    once = options.get("tax_rounding") == "RATE" or options["currency"] == "EUR"
    books = Books(
        pk=hotel.pk,
        code=hotel.code,
        zone=options["timezone"],
        close=options["day_close_time"],
        unit=Decimal("0.01"),
        included=options["prices_include_tax"],
        tax=options["accommodation_tax_rate"],
        once_per_rate=once,
        sellable_basis="occupancy_basis" in options,
        makes_dirty=options.get("dirty_occupied_rooms", True),
        stayover_every=options.get("stayover_interval", 1),
        linen_every=options.get("linen_interval", 3),
    )
    world = World(
        place=place, seed=seed, hotel=hotel, books=books, rng=rng, user=UserFactory(email="")
    )
    _rooms(world)
    _staff(world)
    _policies(world)
    return world


def _rooms(world: World) -> None:
    for n, (factor, count) in enumerate(((1, 5), (Decimal("1.5"), 3), (2, 1))):
        kind = RoomTypeFactory(hotel=world.hotel, code=f"T{n}", credits=factor)
        world.books.types[kind.pk] = Type(pk=kind.pk, code=kind.code, factor=Decimal(factor))
        for i in range(count):
            number, floor = f"{n + 1}{i:02d}", 1 + (n + i) % 2
            dirty = "DIRTY" if world.chance(20) else "CLEAN"
            room = RoomFactory(
                hotel=world.hotel, room_type=kind, number=number, floor=floor, cleanliness=dirty
            )
            world.books.rooms[room.pk] = Room(
                pk=room.pk, number=number, type=kind.pk, floor=floor, cleanliness=dirty
            )


def _staff(world: World) -> None:
    for n, role in enumerate(("HOUSEKEEPING",) * 3 + ("MAINTENANCE", "FRONT_DESK")):
        minutes, floor = world.rng.choice((60, 120, 240)), 1 + n % 2
        person = StaffFactory(
            hotel=world.hotel, role=role, credits_per_day=minutes, home_floor=floor
        )
        world.books.people[person.pk] = Person(
            pk=person.pk, role=role, minutes=minutes, floor=floor
        )


def _policies(world: World) -> None:
    for n, (guaranteed, kind, value, taxed, release) in enumerate(
        (
            (True, "NIGHTS", "1", False, time(18)),
            (True, "PERCENT", "33.3333", True, time(18)),
            (True, "FULL_STAY", "0", True, time(18)),
            (True, "FIXED", "75.25", False, time(18)),
            (True, "NONE", "0", False, time(18)),
            (False, "NIGHTS", "2", True, time(18)),
            (False, "PERCENT", "50", False, time(1)),
            (False, "NIGHTS", "1", False, time(20, 30)),
        )
    ):
        grace = world.rng.choice((0, 120, 240))
        policy = PolicyFactory.build(
            hotel=world.hotel,
            name=f"Policy {n}",
            guaranteed=guaranteed,
            penalty_type=kind,
            penalty_value=Decimal(value),
            taxed=taxed,
            release_time=release,
            grace_minutes=grace,
        )
        terms = Terms(
            guaranteed=guaranteed,
            release=release,
            kind=kind,
            value=Decimal(value),
            taxed=taxed,
            grace=grace,
        )
        world.policies.append((policy, terms))


def add_plans(world: World, first: date) -> None:
    """Give the hotel maintenance plans of both modes around its first day."""
    for n, (value, unit, lead) in enumerate(
        ((3, "DAYS", 1), (1, "WEEKS", 2), (1, "MONTHS", 5), (5, "DAYS", 0))
    ):
        anchor = date.fromordinal(first.toordinal() + world.rng.randint(-10, 5))
        equipment = EquipmentFactory(hotel=world.hotel, code=f"E{n}")
        floating = n in (1, 3)
        plan = PlanFactory(
            equipment=equipment,
            name=f"Plan {n}",
            interval_value=value,
            interval_unit=unit,
            lead_days=lead,
            mode="FLOATING" if floating else "FIXED",
            anchor_date=anchor,
        )
        world.plans[plan.pk] = PlanOracle(
            floating=floating, anchor=anchor, value=value, unit=unit, lead=lead
        )
