"""The first difference between database and oracle, with the last acts on the object."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from tests.simulation.world import World


class Difference(AssertionError):
    """The database and the oracle differ about an object."""

    def __init__(self, world: World, what: str, expected: object, actual: object) -> None:
        local = world.now.astimezone(world.hotel.zone)
        acts = "".join(f"\n    {line}" for label in what.split() for line in world.acts_on(label))
        super().__init__(
            f"{world.hotel.code}, {local:%Y-%m-%d %H:%M %Z} ({world.now:%Y-%m-%d %H:%M}Z), {what}:"
            f"\n  expected {expected}\n  actual   {actual}\n  last acts:{acts or ' none'}"
        )


def check(world: World, what: object, expected: object, actual: object) -> None:
    """Raise Difference if the two differ."""
    if expected != actual:
        raise Difference(world, str(what), expected, actual)


@contextmanager
def refusing(world: World, what: object, refused: bool, errors: type[Exception]) -> Iterator[None]:
    """An act of staff that must be refused, or must not; a refused one leaves nothing."""
    reason = ""
    try:
        with transaction.atomic():
            yield
    except errors as error:
        reason = str(error)
    if bool(reason) != refused:
        raise Difference(world, str(what), "refused" if refused else "done", reason or "done")


def paired(
    world: World,
    what: object,
    expected: Sequence[Any],
    rows: Sequence[Any],
    same: Callable[..., bool],
) -> None:
    """Give each expected object without a key that of a row that is the same."""
    known = {each.pk for each in expected}
    new = [row for row in rows if row.pk not in known]
    for each in (each for each in expected if each.pk is None):
        match = next((row for row in new if same(each, row)), None)
        if match is None:
            raise Difference(world, str(what), _plain(each), [_columns(row) for row in new])
        each.pk = match.pk
        new.remove(match)
    if new:
        raise Difference(world, str(what), "nothing more", [_columns(row) for row in new])


def _plain(value: object) -> str:
    """The values of an object without those that lead to others."""
    simple = (str, int, Decimal, type(None), date, tuple)
    return ", ".join(f"{k}={v}" for k, v in vars(value).items() if isinstance(v, simple))


def _columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
