"""Migration that links charges to the documents that carry them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from hotels.billing.credit import issue_credit_note
from hotels.billing.issuing import issue_invoices
from hotels.billing.open_charges import open_charges
from hotels.models import Folio, FolioLine, Hotel, Invoice, InvoiceLine
from tests.factories import BookingFactory, FolioFactory
from tests.hotels.billing.issued import charge, completed, invoice_of

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("hotels", "0014_currencies")]
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def migrate(targets: list[tuple[str, str]] | None = None) -> Any:
    """Migrate to `targets`, or to the newest migrations; the historical models at that point."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())
    return MigrationExecutor(connection).loader.project_state(targets).apps


class Earlier:
    """Folios and documents as they were stored before the migration."""

    def __init__(self, apps: Any, hotel: Hotel) -> None:
        self.apps = apps
        self.hotel = hotel
        self.booking = BookingFactory(hotel=hotel)
        self.numbers = iter(range(1, 100))

    def folio(self, status: str = "COMPLETED", completed_at: datetime = NOW) -> int:
        return self._create(
            "Folio",
            hotel_id=self.hotel.pk,
            booking_id=self.booking.pk,
            payer_id=self.booking.guest_id,
            number=next(self.numbers),
            currency="EUR",
            status=status,
            completed_at=completed_at if status == "COMPLETED" else None,
        )

    def line(self, folio: int, gross: int, reverses: int | None = None) -> int:
        return self._create(
            "FolioLine",
            folio_id=folio,
            business_date=NOW.date(),
            category="EXTRA",
            description="Minibar",
            currency="EUR",
            net=gross,
            tax=0,
            gross=gross,
            reverses_id=reverses,
        )

    def document(
        self, folio: int, *lines: int, live: bool = True, corrects: int | None = None, **fields: Any
    ) -> int:
        number = next(self.numbers)
        gross = abs(
            sum(self._get("FolioLine", pk).gross for pk in lines) or fields.pop("gross", 0)
        )
        kind = "INVOICE" if corrects is None else "CREDIT_NOTE"
        key = self._create(
            "Invoice",
            hotel_id=self.hotel.pk,
            folio_id=folio,
            kind=kind,
            corrects_id=corrects,
            year=2026,
            sequence=number,
            number=f"{kind}-{number}",
            live=live,
            issue_date=NOW.date(),
            issued_at=fields.pop("issued_at", NOW),
            currency="EUR",
            seller={"sandbox": True},
            buyer={},
            net=gross,
            tax=0,
            gross=gross,
            balance=0,
            payment_status="UNPAID",
        )
        for position, line in enumerate(lines, start=1):
            self._create(
                "InvoiceLine",
                invoice_id=key,
                position=position,
                folio_line_id=line,
                business_date=NOW.date(),
                description="Minibar",
                tax_rate=0,
                net=1,
                tax=0,
                gross=1,
            )
        return key

    def _create(self, model: str, **fields: Any) -> int:
        key: int = self.apps.get_model("hotels", model).objects.create(**fields).pk
        return key

    def _get(self, model: str, key: int) -> Any:
        return self.apps.get_model("hotels", model).objects.get(pk=key)


@pytest.fixture
def earlier(hotel: Hotel) -> Iterator[Earlier]:
    """The state before; the newest migrations are applied again afterwards."""
    booking_models = migrate(BEFORE)
    yield Earlier(booking_models, hotel)
    migrate()


def carrier(line: int) -> int | None:
    return FolioLine.objects.get(pk=line).document_id


def test_invoiced_charges_are_linked_and_later_ones_are_open(earlier: Earlier) -> None:
    folio = earlier.folio()
    room = earlier.line(folio, 100)
    invoice = earlier.document(folio, room)
    late = earlier.line(folio, 5)

    migrate()

    assert carrier(room) == invoice
    assert [line.pk for line in open_charges()] == [late]


def test_a_waived_fee_is_on_the_invoice_and_its_reversal_on_the_credit_note(
    earlier: Earlier,
) -> None:
    folio = earlier.folio()
    fee = earlier.line(folio, 100)
    invoice = earlier.document(folio, fee, live=False)
    note = earlier.document(folio, fee, corrects=invoice)
    reversal = earlier.line(folio, -100, reverses=fee)

    migrate()

    assert (carrier(fee), carrier(reversal)) == (invoice, note)
    assert not Invoice.objects.get(pk=invoice).live


def test_a_folio_invoiced_again_is_linked_to_its_live_invoice(earlier: Earlier) -> None:
    folio = earlier.folio()
    room = earlier.line(folio, 100)
    former = earlier.document(folio, room, live=False)
    earlier.document(folio, room, corrects=former)
    again = earlier.document(folio, room)

    migrate()

    assert carrier(room) == again


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
    earlier: Earlier, status: str, credited: datetime, is_open: bool
) -> None:
    folio = earlier.folio(status)
    room = earlier.line(folio, 100)
    former = earlier.document(folio, room, live=False)
    earlier.document(folio, room, corrects=former, issued_at=credited)

    migrate()

    assert (carrier(room) is None) == is_open


def test_backwards_one_invoice_stays_live_and_forwards_all_are_linked_again(hotel: Hotel) -> None:
    folio = completed(hotel, 100)
    first = invoice_of(folio)
    charge(folio, Decimal(5))
    with transaction.atomic():
        issue_invoices(hotel=hotel, now=NOW)
    linked = dict(FolioLine.objects.values_list("pk", "document"))

    before = migrate(BEFORE)
    live = before.get_model("hotels", "Invoice").objects.filter(live=True)
    kept = list(live.values_list("pk", flat=True))
    migrate()

    assert kept == [first.pk]
    assert dict(FolioLine.objects.values_list("pk", "document")) == linked
    assert Invoice.objects.filter(live=True).count() == 2


@pytest.mark.parametrize(
    "credit", [{"gross": Decimal(30)}, {"invoice_again": True}], ids=["amount", "invoice again"]
)
def test_backwards_is_refused_where_charges_could_not_be_linked_again(
    hotel: Hotel, credit: dict[str, Any]
) -> None:
    """They would be credited twice, or never invoiced again."""
    invoice = invoice_of(completed(hotel, 100))
    issue_credit_note(invoice=invoice, now=NOW, reason="noise", **credit)
    linked = dict(FolioLine.objects.values_list("pk", "document"))

    with pytest.raises(ValueError, match=r"Charges credited by amount.*: 1\. .* cannot be undone"):
        migrate(BEFORE)
    migrate()

    assert dict(FolioLine.objects.values_list("pk", "document")) == linked


def test_backwards_a_credited_charge_is_linked_again(hotel: Hotel) -> None:
    invoice = invoice_of(completed(hotel, 100, 5))
    issue_credit_note(
        invoice=invoice, lines=[invoice.folio.lines.get(gross=5)], now=NOW, reason="noise"
    )
    linked = dict(FolioLine.objects.values_list("pk", "document"))

    migrate(BEFORE)
    migrate()

    assert dict(FolioLine.objects.values_list("pk", "document")) == linked


def test_issued_documents_are_still_immutable_forwards_and_backwards(hotel: Hotel) -> None:
    invoice_of(completed(hotel, 100))

    for targets in (BEFORE, None):
        apps = migrate(targets)
        model = apps.get_model("hotels", "Invoice")
        for change in ({"gross": 1}, {"reason": "x"}):
            with pytest.raises(IntegrityError, match="credit note"), transaction.atomic():
                model.objects.update(**change)
        with pytest.raises(IntegrityError, match="credit note"), transaction.atomic():
            InvoiceLine.objects.update(gross=1)


def test_a_migrated_table_takes_new_rows(hotel: Hotel) -> None:
    migrate(BEFORE)
    migrate()

    folio = FolioFactory(booking__hotel=hotel)
    charge(folio, 5)

    assert Folio.objects.count() == open_charges().count() == 1
