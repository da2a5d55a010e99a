"""Migration that links charges to the documents that carry them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.hotels.migrations.books import NOW, Books
from tests.migrating import Migrating

pytestmark = pytest.mark.migration("hotels.0015_charges_name_their_document")


@pytest.fixture
def earlier(migration: Migrating) -> Books:
    """Folios and documents as they were stored before the migration."""
    return Books(migration.earlier)


class LaterBooks(Books):
    """Folios and documents as they are stored after the migration."""

    def carried(self, document: int, *lines: int) -> int:
        """The document, named by these charges."""
        charges(self.apps).filter(pk__in=lines).update(document=document)
        return document

    def invoice(self, folio: int, *lines: int, **fields: Any) -> int:
        """An invoice that carries the charges."""
        return self.carried(self.document(folio, *lines, **fields), *lines)


@pytest.fixture
def later(migration: Migrating) -> LaterBooks:
    """Folios and documents of a migrated database."""
    return LaterBooks(migration.forwards())


def charges(apps: Any) -> Any:
    return apps.get_model("hotels", "FolioLine").objects


def carriers(apps: Any) -> dict[int, int | None]:
    return dict(charges(apps).values_list("pk", "document"))


def test_invoiced_charges_are_linked_and_later_ones_are_open(
    migration: Migrating, earlier: Books
) -> None:
    folio = earlier.folio()
    room = earlier.line(folio, 100)
    invoice = earlier.document(folio, room)
    late = earlier.line(folio, 5)

    after = migration.forwards()

    assert carriers(after) == {room: invoice, late: None}
    assert not charges(after).exclude(settled_at=None).exists()


def test_a_waived_fee_is_on_the_invoice_and_its_reversal_on_the_credit_note(
    migration: Migrating, earlier: Books
) -> None:
    folio = earlier.folio()
    fee = earlier.line(folio, 100)
    invoice = earlier.document(folio, fee, live=False)
    note = earlier.document(folio, fee, corrects=invoice)
    reversal = earlier.line(folio, -100, reverses_id=fee)

    after = migration.forwards()

    assert carriers(after) == {fee: invoice, reversal: note}
    assert not after.get_model("hotels", "Invoice").objects.get(pk=invoice).live


def test_a_folio_invoiced_again_is_linked_to_its_live_invoice(
    migration: Migrating, earlier: Books
) -> None:
    folio = earlier.folio()
    room = earlier.line(folio, 100)
    former = earlier.document(folio, room, live=False)
    earlier.document(folio, room, corrects=former)
    again = earlier.document(folio, room)

    after = migration.forwards()

    assert carriers(after) == {room: again}


@pytest.mark.parametrize(
    ("status", "credited", "is_open"),
    [
        ("COMPLETED", NOW + timedelta(days=1), False),
        ("COMPLETED", NOW - timedelta(days=1), True),
        ("OPEN", NOW, True),
        ("VOID", NOW, False),
    ],
)
def test_a_credited_folio_is_invoiced_again_only_if_it_was_reopened(
    migration: Migrating, earlier: Books, status: str, credited: datetime, is_open: bool
) -> None:
    folio = earlier.folio(status)
    room = earlier.line(folio, 100)
    former = earlier.document(folio, room, live=False)
    earlier.document(folio, room, corrects=former, issued_at=credited)

    after = migration.forwards()

    assert (carriers(after)[room] is None) == is_open


def test_backwards_one_invoice_stays_live_and_forwards_all_are_linked_again(
    migration: Migrating, later: LaterBooks
) -> None:
    folio = later.folio()
    first = later.invoice(folio, later.line(folio, 100))
    later.invoice(folio, later.line(folio, 5), first_invoice_id=first)
    linked = carriers(later.apps)

    before = migration.backwards()
    live = before.get_model("hotels", "Invoice").objects.filter(live=True)
    kept = list(live.values_list("pk", flat=True))
    after = migration.forwards()

    assert kept == [first]
    assert carriers(after) == linked
    assert after.get_model("hotels", "Invoice").objects.filter(live=True).count() == 2


def credited_by_amount(books: LaterBooks) -> None:
    """The credited amount is an adjustment of the folio that reverses no charge."""
    folio = books.folio()
    invoice = books.invoice(folio, books.line(folio, 100))
    note = books.document(folio, corrects=invoice, gross=30)
    books.carried(note, books.line(folio, -30, category="ADJUSTMENT"))


def to_be_invoiced_again(books: LaterBooks) -> None:
    """The charge of a cancelled invoice is open again."""
    folio = books.folio()
    room = books.line(folio, 100)
    invoice = books.document(folio, room, live=False)
    books.document(folio, room, corrects=invoice)


@pytest.mark.parametrize(
    "credit", [credited_by_amount, to_be_invoiced_again], ids=["amount", "invoice again"]
)
def test_backwards_is_refused_where_charges_could_not_be_linked_again(
    migration: Migrating, later: LaterBooks, credit: Any
) -> None:
    """They would be credited twice, or never invoiced again."""
    credit(later)
    linked = carriers(later.apps)

    with pytest.raises(ValueError, match=r"Charges credited by amount.*: 1\. .* cannot be undone"):
        migration.backwards()

    assert carriers(later.apps) == linked


def test_backwards_a_credited_charge_is_linked_again(
    migration: Migrating, later: LaterBooks
) -> None:
    folio = later.folio()
    room, minibar = later.line(folio, 100), later.line(folio, 5)
    invoice = later.invoice(folio, room, minibar)
    note = later.document(folio, minibar, corrects=invoice)
    later.carried(note, later.line(folio, -5, reverses_id=minibar))
    linked = carriers(later.apps)

    migration.backwards()
    after = migration.forwards()

    assert carriers(after) == linked


def test_issued_documents_are_still_immutable_forwards_and_backwards(
    migration: Migrating, earlier: Books
) -> None:
    folio = earlier.folio()
    earlier.document(folio, earlier.line(folio, 100))

    for migrate in (migration.forwards, migration.backwards):
        apps = migrate()
        documents = apps.get_model("hotels", "Invoice").objects
        for change in ({"gross": 1}, {"reason": "x"}):
            with pytest.raises(IntegrityError, match="credit note"), transaction.atomic():
                documents.update(**change)
        with pytest.raises(IntegrityError, match="credit note"), transaction.atomic():
            apps.get_model("hotels", "InvoiceLine").objects.update(gross=2)


def test_a_migrated_table_takes_new_rows(migration: Migrating, later: LaterBooks) -> None:
    migration.backwards()
    migration.forwards()

    folio = later.folio()
    charge = later.line(folio, 5)

    assert carriers(later.apps) == {charge: None}
