"""Which rooms of a booking its deposits guarantee, and by how much (domain rule 3)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotels.models import Folio
from hotels.no_shows.deposits import DepositClaim, FolioFunds, guaranteed_amounts


def folio(pk: int, unspent: str, *, status: str = "OPEN", in_use: bool = False) -> FolioFunds:
    return FolioFunds(
        folio=Folio(pk=pk, status=status),
        unspent=Decimal(unspent),
        untouched=False,
        users=frozenset(),
        in_use=in_use,
    )


def claim(
    room: int, *, on: int | None = 1, fee: str = "100", first: str = "100", card: bool = False
) -> DepositClaim:
    return DepositClaim(
        room=room, folio=on, fee=Decimal(fee), first_night=Decimal(first), guaranteed=card
    )


def amounts(claims: list[DepositClaim], funds: list[FolioFunds]) -> dict[int, int]:
    found = guaranteed_amounts(claims=claims, funds=funds)
    return {room: int(amount) for room, amount in found.items()}


@pytest.mark.parametrize(
    ("unspent", "fee", "first", "found"),
    [
        ("100", "100", "100", {1: 100}),
        ("99.99", "100", "100", {}),
        ("130", "100", "100", {1: 100}),
        ("50", "50", "100", {1: 50}),
        ("100", "300", "100", {1: 100}),
        ("250", "300", "100", {1: 250}),
        ("100", "0", "100", {1: 100}),
        ("99", "0", "100", {}),
        ("10", "0", "0", {}),
    ],
)
def test_a_deposit_that_covers_the_fee_or_the_first_night_guarantees_the_room(
    unspent: str, fee: str, first: str, found: dict[int, int]
) -> None:
    assert amounts([claim(1, fee=fee, first=first)], [folio(1, unspent)]) == found


def test_a_deposit_for_one_room_guarantees_only_the_first_to_arrive() -> None:
    assert amounts([claim(2), claim(1)], [folio(1, "150")]) == {2: 100}


def test_first_nights_of_all_rooms_come_before_the_whole_fee_of_one() -> None:
    claims = [claim(1, fee="300"), claim(2, fee="300")]

    assert amounts(claims, [folio(1, "260")]) == {1: 160, 2: 100}


def test_the_room_of_the_folio_comes_before_an_earlier_room() -> None:
    assert amounts([claim(1, on=8), claim(2, on=9)], [folio(8, "0"), folio(9, "100")]) == {2: 100}


def test_deposits_on_several_folios_count_together() -> None:
    assert amounts([claim(1, on=None)], [folio(1, "60"), folio(2, "40")]) == {1: 100}


def test_a_room_guaranteed_by_card_keeps_the_deposit_on_its_folio() -> None:
    claims = [claim(1, on=1, card=True), claim(2, on=2)]

    assert amounts(claims, [folio(1, "150"), folio(2, "0")]) == {}


@pytest.mark.parametrize("other", [{"in_use": True}, {"status": "COMPLETED"}, {"status": "VOID"}])
def test_money_of_guests_in_house_and_on_closed_folios_guarantees_nothing(
    other: dict[str, object],
) -> None:
    assert amounts([claim(1, on=1)], [folio(1, "0"), folio(2, "200", **other)]) == {}  # type: ignore[arg-type]


cents = st.integers(0, 30_000).map(lambda n: Decimal(n) / 100)


@given(
    claims=st.lists(st.tuples(st.integers(1, 4), cents, cents, st.booleans()), max_size=6),
    unspent=st.lists(cents, min_size=1, max_size=4),
)
def test_no_deposit_guarantees_more_than_was_paid(
    claims: list[tuple[int, Decimal, Decimal, bool]], unspent: list[Decimal]
) -> None:
    rooms = [
        DepositClaim(room=n, folio=on, fee=fee, first_night=first, guaranteed=card)
        for n, (on, fee, first, card) in enumerate(claims)
    ]
    funds = [folio(n, str(amount)) for n, amount in enumerate(unspent, start=1)]

    found = guaranteed_amounts(claims=rooms, funds=funds)

    assert sum(found.values()) <= sum(unspent)
    for room in rooms:
        if room.room in found:
            assert not room.guaranteed
            assert 0 < room.needed <= found[room.room] <= max(room.fee, room.needed)
