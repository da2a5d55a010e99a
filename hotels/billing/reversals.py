"""Reversal lines: what a credit note takes off a folio, so that charges and documents agree."""

from collections.abc import Sequence
from datetime import date

from hotels import phrases
from hotels.billing.drafts import DraftLine
from hotels.models import Folio, FolioLine


def reverse_charge(line: FolioLine, *, day: date) -> FolioLine:
    """Post the line that cancels a charge, on business date `day`; returns it."""
    row = _reversal_of(line, day=day)
    row.save(force_insert=True)
    return row


def post_reversals(lines: Sequence[DraftLine], *, folio: Folio, day: date) -> tuple[int, ...]:
    """Take the lines of a credit note off the folio; returns the keys of the lines it carries.

    A charge is reversed with its own amounts, so that the two cancel; the tax of the document's
    line can differ by a minor unit (tax_rounding). A charge that was reversed before and is still
    open is not reversed twice: the credit note carries that reversal line. An amount without a
    charge becomes an adjustment.
    """
    keys = [line.folio_line for line in lines if line.folio_line is not None]
    charges = FolioLine.objects.select_related("reversed_by").in_bulk(keys)
    carried: list[int] = []
    new: list[FolioLine] = []
    for line in lines:
        charge = charges.get(line.folio_line or 0)
        reversal: FolioLine | None = getattr(charge, "reversed_by", None)
        if charge is not None and reversal is None:
            new.append(_reversal_of(charge, day=day))
        elif reversal is not None and _cancels(reversal, line):
            carried.append(reversal.pk)
        else:
            new.append(_adjustment(line, folio=folio, day=day))
    carried += [row.pk for row in FolioLine.objects.bulk_create(new)]
    return tuple(carried)


def _cancels(reversal: FolioLine, line: DraftLine) -> bool:
    """True if the credit note can carry this reversal line: open, and over the same price.

    The tax of a document's line can differ by a minor unit from that of its charge (tax_rounding).
    """
    same = reversal.net == -line.net or reversal.gross == -line.gross
    return reversal.document_id is None and reversal.settled_at is None and same


def _reversal_of(charge: FolioLine, *, day: date) -> FolioLine:
    phrase = phrases.reversal_of(charge.description, phrase=charge.phrase)
    return FolioLine(
        folio_id=charge.folio_id,
        booking_room_id=charge.booking_room_id,
        business_date=day,
        currency=charge.currency,
        category=charge.category,
        description=phrase.text_in_english()[:200],
        phrase=phrase.to_json(),
        quantity=-charge.quantity,
        tax_rate=charge.tax_rate,
        zero_tax_reason=charge.zero_tax_reason,
        net=-charge.net,
        tax=-charge.tax,
        gross=-charge.gross,
        source_key=f"{charge.source_key}:reversed" if charge.source_key else None,
        reverses=charge,
    )


def _adjustment(line: DraftLine, *, folio: Folio, day: date) -> FolioLine:
    return FolioLine(
        folio=folio,
        business_date=day,
        currency=folio.currency,
        category=FolioLine.Category.ADJUSTMENT,
        description=line.description,
        phrase=line.phrase,
        quantity=-line.quantity,
        tax_rate=line.tax_rate,
        net=-line.net,
        tax=-line.tax,
        gross=-line.gross,
    )
