"""Comparison of audit entries and documents with their seals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib.auth import get_user_model

from hotels.models import Chain, ChainHead, Hotel, Seal
from hotels.seals.content import Content, digest_of, read, unsealed

BATCH = 500
NAMES = {Chain.AUDIT: "audit entry", Chain.DOCUMENTS: "document"}


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A seal as it was logged: its chain, number and digest."""

    chain: Chain
    number: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first broken seal of a chain: its number, the key of its row, and what is wrong.

    `row_id` is None where the seal itself is missing. `expected` and `found` are digests; empty
    where there is nothing to compare.
    """

    number: int
    row_id: int | None
    reason: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Result for a chain: seals checked, the newest seal, rows without a seal, what is broken."""

    chain: Chain
    checked: int
    number: int
    digest: str
    unsealed: int
    broken: Broken | None


def verify(*, chain: Chain, anchors: Sequence[Anchor] = ()) -> Verification:
    """Compare all rows of a chain with their seals, in batches, up to the first broken one.

    Compares the seals with the `anchors` of the chain too. Rows without a seal are counted: the
    next tick seals them.
    """
    head = ChainHead.objects.filter(pk=chain).first() or ChainHead(chain=chain)
    logged = {anchor.number: anchor.digest for anchor in anchors if anchor.chain is chain}
    previous, number, broken = "", 0, None
    for seal, content in _sealed(chain, last=head.number):
        number += 1
        broken = _missing(number) if seal.number != number else _broken(seal, content, previous)
        broken = broken or _not_anchored(seal, logged)
        if broken:
            break
        previous = seal.digest
    if broken is None:
        broken = _wrong_end(head, number=number, digest=previous, logged=logged)
    return Verification(
        chain=chain,
        checked=number if broken is None else broken.number - 1,
        number=head.number,
        digest=head.digest,
        unsealed=unsealed(chain).count(),
        broken=broken,
    )


def _sealed(chain: Chain, *, last: int) -> Iterator[tuple[Seal, Content | str]]:
    """Each seal with the content of its row, or with the reason why there is none."""
    number = 0
    in_order = Seal.objects.filter(chain=chain, number__lte=last).order_by("number")
    while batch := list(in_order.filter(number__gt=number)[:BATCH]):
        for version, seals in groupby(batch, key=lambda seal: seal.version):
            yield from _with_contents(chain, version=version, seals=list(seals))
        number = batch[-1].number


def _with_contents(
    chain: Chain, *, version: int, seals: list[Seal]
) -> Iterator[tuple[Seal, Content | str]]:
    try:
        contents = read(chain=chain, keys=[seal.row_id for seal in seals], version=version)
    except Exception:  # noqa: BLE001  a value that is none of its column's, as SQLite stores any
        if len(seals) == 1:
            yield seals[0], "cannot be read"
            return
        for seal in seals:
            yield from _with_contents(chain, version=version, seals=[seal])
        return
    known = _known_objects(seals, contents)
    for seal in seals:
        content = contents.get(seal.row_id)
        if content is None:
            yield seal, "was deleted"
        elif _is_moved(seal, content, known):
            yield seal, "belongs to another user or hotel"
        else:
            yield seal, content


Known = dict[str, set[int]]


def _known_objects(seals: list[Seal], contents: dict[int, Content]) -> Known:
    """The keys of hotels and users that exist although they were cleared in a row."""
    cleared: dict[str, set[int]] = {"hotel_id": set(), "user_id": set()}
    for seal in seals:
        if (content := contents.get(seal.row_id)) is not None:
            for name, key in seal.references.items():
                if key is not None and content.references.get(name) is None:
                    cleared.setdefault(name, set()).add(key)
    models: dict[str, Any] = {"hotel_id": Hotel, "user_id": get_user_model()}
    return {
        name: set(models[name]._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
        for name, keys in cleared.items()
        if name in models and keys
    }


def _is_moved(seal: Seal, content: Content, known: Known) -> bool:
    """True if a key of the row is another, or was cleared although its object exists."""
    return any(
        key != seal.references.get(name)
        and (key is not None or seal.references[name] in known.get(name, set()))
        for name, key in content.references.items()
    )


def _broken(seal: Seal, content: Content | str, previous: str) -> Broken | None:
    row = f"{NAMES[Chain(seal.chain)]} {seal.row_id}"
    if isinstance(content, str):
        return Broken(number=seal.number, row_id=seal.row_id, reason=f"{row} {content}")
    digest = digest_of(seal=seal, previous=previous, content=content)
    if digest == seal.digest:
        return None
    name = f" ({content.values['number']})" if "number" in content.values else ""
    return Broken(
        number=seal.number,
        row_id=seal.row_id,
        reason=f"{row}{name} or its seal was changed",
        expected=seal.digest,
        found=digest,
    )


def _missing(number: int) -> Broken:
    return Broken(number=number, row_id=None, reason="the seal was deleted")


def _not_anchored(seal: Seal, logged: dict[int, str]) -> Broken | None:
    expected = logged.get(seal.number, seal.digest)
    if expected == seal.digest:
        return None
    return Broken(
        number=seal.number,
        row_id=seal.row_id,
        reason="the seal is not the one in the anchor",
        expected=expected,
        found=seal.digest,
    )


def _wrong_end(
    head: ChainHead, *, number: int, digest: str, logged: dict[int, str]
) -> Broken | None:
    """The seal that is missing after the last one, or a head that is not the last one."""
    if number < max([head.number, *logged]):
        return _missing(number + 1)
    if digest != head.digest:
        return Broken(
            number=number,
            row_id=None,
            reason="the last seal is not the newest one that was stored",
            expected=head.digest,
            found=digest,
        )
    if number == 0 and Seal.objects.filter(chain=head.chain).exists():
        return Broken(number=1, row_id=None, reason="the head of the chain was deleted")
    return None
