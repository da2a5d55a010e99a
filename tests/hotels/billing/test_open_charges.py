"""A charge is on one document at most: the database and the functions that link it say so."""

import pytest
from django.db import IntegrityError, transaction

from hotels.billing.drafts import Draft, DraftLine, buyer_of, insert_documents, seller_of
from hotels.billing.open_charges import AlreadyOnDocument, open_charges
from hotels.billing.tax_rounding import TaxRule
from hotels.billing.totals import totals_of
from hotels.models import FolioLine, Hotel, Invoice
from tests.dumps import every_row
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    return invoice_of(completed(hotel, 100))


def test_an_invoice_for_an_invoiced_charge_is_refused_and_takes_no_number(invoice: Invoice) -> None:
    folio, hotel = invoice.folio, invoice.hotel
    charge(folio, 5)
    lines = tuple(DraftLine.of(line) for line in folio.lines.all())
    draft = Draft(
        folio=folio,
        currency="EUR",
        seller=seller_of(hotel),
        buyer=buyer_of(folio.payer),
        lines=lines,
        totals=totals_of(lines, currency="EUR"),
        tax_rule=TaxRule.of(hotel),
    )
    before = every_row()

    with (
        pytest.raises(AlreadyOnDocument, match="1 charge is on another document already"),
        transaction.atomic(),
    ):
        insert_documents([draft], hotel=hotel, kind=Invoice.Kind.INVOICE, now=NOW)

    assert every_row() == before


def test_a_charge_is_settled_or_on_a_document_not_both(invoice: Invoice) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FolioLine.objects.update(settled_at=NOW)


def test_only_invoices_name_a_first_invoice(invoice: Invoice) -> None:
    values = {
        field.attname: getattr(invoice, field.attname)
        for field in Invoice._meta.concrete_fields
        if not field.primary_key
    }
    note = Invoice(
        **values
        | {"kind": "CREDIT_NOTE", "number": "CN-1", "corrects_id": invoice.pk}
        | {"first_invoice_id": invoice.pk}
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        note.save()


def test_open_charges_are_those_without_a_document(invoice: Invoice) -> None:
    late = charge(invoice.folio, 5)

    assert [line.pk for line in open_charges()] == [late.pk]
