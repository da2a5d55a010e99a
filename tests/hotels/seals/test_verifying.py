"""Changes past the triggers are found, and the first broken seal is named."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models

from hotels.models import (
    AuditEntry,
    Chain,
    ChainHead,
    Hotel,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Seal,
)
from hotels.seals import Anchor, Broken, Verification, content, seal_books, verify
from hotels.seals.verifying import BATCH
from tests.factories import HotelFactory, UserFactory
from tests.hotels.seals.tampering import change, delete, without_triggers

OTHER = {
    models.BooleanField: lambda old: not old,
    models.CharField: lambda old: f"{old}x"[-3:],
    models.TextField: lambda old: f"{old}x",
    models.DecimalField: lambda old: old + Decimal("0.0001"),
    models.JSONField: lambda old: {"name": "other"},
    models.DateField: lambda old: "2001-01-01",
    models.DateTimeField: lambda old: "2001-01-01T00:00:00.000001Z",
    models.PositiveSmallIntegerField: lambda old: old + 7,
    models.PositiveIntegerField: lambda old: old + 7,
}
# Values that the checks of the tables accept.
ACCEPTED = {
    "via": lambda old: "COMMAND",
    "due_date": lambda old: "2030-01-01",
    "service_end_date": lambda old: "2030-01-01",
}
# The tables accept no other kind without a document to correct.
UNCHANGEABLE = {"kind"}
NOT_SEALED = {"balance", "payment_status", "live"}


def unnoticed(chain: Chain, *, row: models.Model, seal: tuple[int, int]) -> list[str]:
    """Change each column of a row in turn; those after which another seal or none is broken."""
    found = []
    for field in row._meta.local_concrete_fields:
        if field.name in NOT_SEALED | UNCHANGEABLE or type(field) not in OTHER:
            continue
        old = getattr(row, field.attname)
        other = ACCEPTED.get(field.name) or OTHER[type(field)]
        change(row, **{field.attname: other(old)})
        result = broken(chain)
        if result is None or (result.number, result.row_id) != seal:
            found.append(field.name)
        change(row, **{field.attname: old})
    return found


def broken(chain: Chain, *anchors: Anchor) -> Broken | None:
    return verify(chain=chain, anchors=anchors).broken


@pytest.fixture
def sealed(entries: list[AuditEntry], invoice: Invoice, now: datetime) -> list[AuditEntry]:
    """The three entries; they and the invoice are sealed."""
    seal_books(now=now)
    return entries


@pytest.mark.parametrize("chain", Chain)
def test_sealed_books_are_whole(sealed: list[AuditEntry], chain: Chain) -> None:
    head = ChainHead.objects.get(pk=chain)
    count = {Chain.AUDIT: 3, Chain.DOCUMENTS: 1}[chain]

    assert verify(chain=chain) == Verification(
        chain=chain, checked=count, number=count, digest=head.digest, unsealed=0, broken=None
    )


@pytest.mark.parametrize("chain", Chain)
def test_empty_books_are_whole(db: None, chain: Chain) -> None:
    assert verify(chain=chain) == Verification(
        chain=chain, checked=0, number=0, digest="", unsealed=0, broken=None
    )


def test_rows_without_a_seal_are_counted(entries: list[AuditEntry], invoice: Invoice) -> None:
    assert [(r.unsealed, r.broken) for r in (verify(chain=c) for c in Chain)] == [
        (3, None),
        (1, None),
    ]


def test_each_changed_column_of_an_entry_is_found(sealed: list[AuditEntry]) -> None:
    entry = sealed[1]

    assert unnoticed(Chain.AUDIT, row=entry, seal=(2, entry.pk)) == []
    assert broken(Chain.AUDIT) is None  # changed back


def test_each_changed_column_of_a_document_is_found(sealed: Any, invoice: Invoice) -> None:
    for model in (Invoice, InvoiceLine, InvoiceTax):
        row = model.objects.order_by("pk").last()
        assert unnoticed(Chain.DOCUMENTS, row=row, seal=(1, invoice.pk)) == []
    assert broken(Chain.DOCUMENTS) is None  # changed back


def test_a_broken_seal_has_both_digests(sealed: list[AuditEntry]) -> None:
    change(sealed[1], note="forged")

    found = broken(Chain.AUDIT)

    assert found is not None
    assert found.expected == Seal.objects.get(chain=Chain.AUDIT, number=2).digest
    assert found.found not in {"", found.expected}


def test_every_column_is_sealed_or_follows_payments() -> None:
    """A new column needs a new version of the list, so that older seals stay valid."""
    newest = content.NEWEST_VERSION
    lists = {
        AuditEntry: {*content.ENTRY[newest], *content.REFERENCES},
        Invoice: {*content.DOCUMENT[newest], *NOT_SEALED},
        InvoiceLine: {*content.LINE[newest]},
        InvoiceTax: {*content.TAX[newest]},
    }

    for model, names in lists.items():
        assert {field.attname for field in model._meta.concrete_fields} == names


def test_a_deleted_entry_is_found(sealed: list[AuditEntry]) -> None:
    delete(sealed[1])

    assert broken(Chain.AUDIT) == Broken(
        number=2, row_id=sealed[1].pk, reason=f"audit entry {sealed[1].pk} was deleted"
    )


@pytest.mark.parametrize("model", [InvoiceLine, InvoiceTax])
def test_a_deleted_part_of_a_document_is_found(sealed: Any, invoice: Invoice, model) -> None:
    delete(model.objects.first())

    found = broken(Chain.DOCUMENTS)

    assert found is not None
    assert found.reason == f"document {invoice.pk} ({invoice.number}) or its seal was changed"


def test_a_line_added_to_a_document_is_found(sealed: Any, invoice: Invoice) -> None:
    line = InvoiceLine.objects.last()
    line.pk, line.position, line._state.adding = None, 9, True
    line.save()

    assert broken(Chain.DOCUMENTS) is not None


def test_two_exchanged_entries_are_found(sealed: list[AuditEntry]) -> None:
    first, second = sealed[0].after, sealed[1].after
    change(sealed[0], after=second)
    change(sealed[1], after=first)

    found = broken(Chain.AUDIT)

    assert found is not None
    assert found.number == 1


def test_payments_break_no_seal(sealed: Any, invoice: Invoice) -> None:
    Invoice.objects.update(balance=1, payment_status="PARTIALLY_PAID", live=False)

    assert broken(Chain.DOCUMENTS) is None


def test_a_deleted_user_or_hotel_breaks_no_seal(db: None, now: datetime) -> None:
    user, hotel = UserFactory(), HotelFactory()
    AuditEntry.objects.create(at=now, user=user, hotel=hotel, via="API", verb="change")
    seal_books(now=now)

    user.delete()
    hotel.delete()

    assert broken(Chain.AUDIT) is None


@pytest.mark.parametrize("column", ["hotel", "user"])
def test_an_entry_hidden_from_its_hotel_or_user_is_found(
    sealed: list[AuditEntry], column: str
) -> None:
    """The triggers allow it, because the database does it when the hotel or user is deleted."""
    AuditEntry.objects.filter(pk=sealed[1].pk).update(**{column: None})

    found = broken(Chain.AUDIT)

    assert found is not None
    assert (found.number, found.reason) == (
        2,
        f"audit entry {sealed[1].pk} belongs to another user or hotel",
    )


def test_an_entry_moved_to_another_hotel_or_user_is_found(
    sealed: list[AuditEntry], ana: User
) -> None:
    change(sealed[2], hotel=HotelFactory())
    assert broken(Chain.AUDIT).number == 3

    change(sealed[0], user=UserFactory())
    assert broken(Chain.AUDIT).number == 1


@pytest.mark.parametrize(
    "values",
    [
        {"digest": "0" * 64},
        {"row_id": 99_999},
        {"references": {}},
        {"sealed_at": "2026-01-01T00:00:00Z"},
        {"version": 99},
    ],
)
def test_a_changed_seal_is_found(sealed: Any, values: dict[str, Any]) -> None:
    change(Seal.objects.get(chain=Chain.AUDIT, number=2), **values)

    found = broken(Chain.AUDIT)

    assert found is not None
    assert found.number == 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_deleted_seal_is_found(sealed: Any, number: int) -> None:
    delete(Seal.objects.get(chain=Chain.AUDIT, number=number))

    assert broken(Chain.AUDIT) == Broken(number=number, row_id=None, reason="the seal was deleted")


def test_a_deleted_head_is_found(sealed: Any) -> None:
    delete(ChainHead.objects.get(pk=Chain.AUDIT))

    assert broken(Chain.AUDIT) == Broken(
        number=1, row_id=None, reason="the head of the chain was deleted"
    )


def rewritten(now: datetime) -> None:
    """A forger who can do all in the database: the chain is computed anew."""
    with without_triggers():
        Seal.objects.all().delete()
        ChainHead.objects.all().delete()
    seal_books(now=now)


def anchor() -> Anchor:
    head = ChainHead.objects.get(pk=Chain.AUDIT)
    return Anchor(chain=Chain.AUDIT, number=head.number, digest=head.digest)


def test_a_chain_computed_anew_differs_from_the_logged_anchor(
    sealed: list[AuditEntry], now: datetime
) -> None:
    logged = anchor()
    change(sealed[0], note="forged")
    rewritten(now)

    assert broken(Chain.AUDIT) is None
    assert broken(Chain.AUDIT, logged).reason == "the seal is not the one in the anchor"


def test_a_chain_that_ends_before_the_logged_anchor_is_broken(
    sealed: list[AuditEntry], now: datetime
) -> None:
    logged = anchor()
    delete(sealed[2])
    rewritten(now)

    assert broken(Chain.AUDIT, logged) == Broken(
        number=3, row_id=None, reason="the seal was deleted"
    )


def test_a_true_anchor_of_either_chain_breaks_nothing(sealed: Any, now: datetime) -> None:
    logged = anchor()

    assert [broken(chain, logged) for chain in Chain] == [None, None]


def test_a_back_dated_entry_comes_last_in_the_chain(
    sealed: list[AuditEntry], ana: User, now: datetime
) -> None:
    """Histories and imports date entries back, so it is accepted; its seal says when it came."""
    late = now + timedelta(days=1)
    entry = AuditEntry.objects.create(
        at=now - timedelta(days=400), username="eve", via="API", verb="change"
    )
    seal_books(now=late)

    seal = Seal.objects.get(chain=Chain.AUDIT, row_id=entry.pk)
    assert (seal.number, seal.sealed_at) == (4, late)


def test_a_long_chain_is_read_in_batches(
    hotel: Hotel, now: datetime, queries_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now, via="API", verb="change", note=str(n)) for n in range(7)
    )
    seal_books(now=now)
    assert BATCH > 7
    monkeypatch.setattr("hotels.seals.verifying.BATCH", 3)

    result: list[Verification] = []
    queries = queries_of(lambda: result.append(verify(chain=Chain.AUDIT)))

    assert (result[0].checked, result[0].broken) == (7, None)
    # The head, four looks for a batch, three reads of rows, the rows without a seal.
    assert queries == 9
