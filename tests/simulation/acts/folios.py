"""Staff post charges, take and refund payments, correct invoices, complete and reopen folios."""

from contextlib import suppress
from decimal import Decimal

from django.db import transaction

from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.billing.payments import refresh_balances
from hotels.billing.proposals import accept_proposed_credit
from hotels.billing.reversals import reverse_charge
from hotels.models import Folio, FolioLine, Invoice, InvoiceTax, Payment
from tests.simulation.oracle import amounts, desk, invoices
from tests.simulation.oracle import books as oracle
from tests.simulation.oracle.amounts import ZERO, Split, with_tax
from tests.simulation.world import World

CENT = Decimal("0.01")


def post(
    world: World, folio: oracle.Folio, stay: oracle.Stay | None, price: Decimal, **more: Decimal
) -> None:
    """Post a charge over a price, with its tax or without it as the hotel's prices are."""
    rate = more.get("rate", world.books.tax)
    split = with_tax(price, rate, included=world.books.included, unit=world.books.unit)
    category = "ROOM" if "rate" not in more else "EXTRA"
    row = FolioLine.objects.create(
        folio_id=folio.pk,
        booking_room_id=stay.pk if stay else None,
        business_date=world.today,
        category=category,
        description=category.title(),
        tax_rate=rate,
        net=split.net,
        tax=split.tax,
        gross=split.gross,
    )
    folio.lines.append(
        oracle.Line(
            pk=row.pk, stay=stay, day=world.today, category=category, rate=rate, amounts=split
        )
    )
    world.note(f"charged {split.gross}", folio, *([stay] if stay else []))


def charge_stay(world: World, stay: oracle.Stay) -> None:
    """Post the nights of a stay, or its day-use price."""
    assert stay.folio is not None
    prices = [night.price for _, night in sorted(stay.nights.items()) if not night.released]
    for price in prices or [stay.day_price or Decimal(30)]:
        post(world, stay.folio, stay, price)


def _folios(world: World, *statuses: str) -> list[oracle.Folio]:
    return [folio for folio in world.books.folios if folio.status in statuses and folio.pk]


def consume(world: World) -> None:
    """A guest in house has something on the bill; now and then one who is not here yet."""
    stays = [s for s in world.books.stays if s.folio is not None and s.folio.status == "OPEN"]
    here = [s for s in stays if s.status == "CHECKED_IN"]
    stay = world.pick(here if world.chance(95) else stays)
    if stay is not None and stay.folio is not None:
        post(world, stay.folio, stay, _amount(world, 30), rate=_rate(world))


def charge_late(world: World) -> None:
    """A charge, or a discount, comes after the folio was completed, and often after its invoice."""
    folio = world.pick(_folios(world, "COMPLETED"))
    if folio is not None:
        price = _amount(world, 40) * (-1 if world.chance(30) else 1)
        post(world, folio, None, price, rate=_rate(world))


def _amount(world: World, most: int) -> Decimal:
    return Decimal(world.rng.randint(1, most * 100)) * CENT


def _rate(world: World) -> Decimal:
    return world.rng.choice((ZERO, world.books.tax, Decimal("17.5")))


def reverse(world: World) -> None:
    """A wrong charge is cancelled by a reversal line."""
    folio = world.pick(_folios(world, "OPEN", "COMPLETED"))
    if folio is None:
        return
    line = world.pick(
        each
        for each in folio.lines
        if each.reverses is None and not each.reversed and each.category != "NO_SHOW_FEE"
    )
    if line is not None:
        row = reverse_charge(FolioLine.objects.get(pk=line.pk), day=world.today)
        adopt(world, folio)
        assert row.gross == -line.amounts.gross
        world.note(f"reversed {line.amounts.gross}", folio, *folio.stays)


def take_payment(world: World) -> None:
    """A guest pays some or all of what is due."""
    from tests.simulation.acts.bookings import pay

    folio = world.pick(_folios(world, "OPEN", "COMPLETED"))
    if folio is None:
        return
    owed = sum((line.amounts.gross for line in folio.lines), ZERO) - folio.received
    amount = owed if owed > 0 and world.chance(60) else _amount(world, 100)
    pay(world, folio, amount)
    _balances(world, folio)


def refund(world: World) -> None:
    """A payment is paid back, wholly or in part; an authorisation is captured."""
    folio = world.pick(_folios(world, "OPEN", "COMPLETED"))
    payment = world.pick(folio.payments) if folio is not None else None
    if folio is None or payment is None:
        return
    if payment.status == "AUTHORIZED":
        payment.status = "SUCCEEDED"
    elif payment.status == "SUCCEEDED":
        whole = world.chance(50)
        payment.refunded = payment.amount if whole else (payment.amount / 2).quantize(CENT)
        payment.status = "REFUNDED" if payment.refunded == payment.amount else "SUCCEEDED"
    Payment.objects.filter(pk=payment.pk).update(
        status=payment.status, refunded_amount=payment.refunded
    )
    _balances(world, folio)
    world.note(f"refunded {payment.refunded} of {payment.amount}", folio)


def _balances(world: World, folio: oracle.Folio) -> None:
    """Refresh the balances as forms do; after an import, the next run of the job corrects them."""
    if world.chance(80):
        refresh_balances(folios=Folio.objects.filter(pk=folio.pk))
        invoices.refresh(folio)


def complete_or_reopen(world: World) -> None:
    """Staff complete a folio by hand, or open it again if it has no invoice in effect."""
    folio = world.pick(_folios(world, "OPEN", "COMPLETED"))
    if folio is None:
        return
    if folio.status == "OPEN":
        desk.complete(folio, world.now)
    elif not any(invoice.live for invoice in folio.invoices):
        desk.reopen(folio)
    Folio.objects.filter(pk=folio.pk).update(status=folio.status, completed_at=folio.completed_at)
    world.note(f"made {folio.status}", folio, *folio.stays)


def credit(world: World) -> None:
    """A credit note: for all that is left, an amount, a charge, or to invoice it once more."""
    folio = world.pick(f for f in _folios(world, "COMPLETED") if any(i.live for i in f.invoices))
    if folio is None:
        return
    invoice = world.pick(each for each in folio.invoices if each.live)
    left, how = invoices.remainder(invoice), world.rng.choice(("all", "amount", "line", "again"))
    asked: dict[str, object] = {}
    gross = left
    if how == "amount":
        gross = min(_amount(world, 20), left)
        asked = {"gross": gross}
    elif how == "line":
        line = world.pick(each for each in folio.lines if each.document is invoice)
        if line is None:
            return
        asked = {"lines": [FolioLine.objects.get(pk=line.pk)]}
    elif how == "again":
        asked = {"invoice_again": True}
    with suppress(CreditRefused), transaction.atomic():
        note = issue_credit_note(
            invoice=Invoice.objects.get(pk=invoice.pk), now=world.now, reason="Random", **asked
        )
        assert how == "line" or note.gross == gross, f"{note} is over {note.gross}, not {gross}"
        if how == "again":
            carriers = [invoice, *(d for d in folio.documents if d.corrects is invoice)]
            for line in folio.lines:
                line.document = None if line.document in carriers else line.document
        adopt(world, folio)
        world.note(f"credited {note.gross} ({how}) of {invoice.pk}", folio, *folio.stays)


def accept(world: World) -> None:
    """A manager accepts a proposed credit note."""
    folios = [f for f in _folios(world, "COMPLETED") if any(line.open for line in f.lines)]
    folio = world.pick(f for f in folios if any(invoice.live for invoice in f.invoices))
    if folio is None:
        return
    with suppress(CreditRefused), transaction.atomic():
        notes = accept_proposed_credit(
            folio=Folio.objects.get(pk=folio.pk), by=world.user, now=world.now, reason="Random"
        )
        adopt(world, folio)
        world.note(f"accepted {[note.gross for note in notes]}", folio, *folio.stays)


def adopt(world: World, folio: oracle.Folio) -> None:
    """Read back what a correction wrote: new charges, and credit notes with what they carry.

    The rules leave the wording and the division of a credit note open; its amounts are checked
    with the folio.
    """
    known = {line.pk: line for line in folio.lines}
    documents = {document.pk: document for document in folio.documents}
    for row in Invoice.objects.filter(folio=folio.pk).exclude(pk__in=documents).order_by("pk"):
        corrected = documents[row.corrects_id]
        day = invoices.issue_date(world.books, row.kind, world.now, corrected.issued)
        rates = {
            tax.rate: Split(tax.net, tax.tax, tax.gross)
            for tax in InvoiceTax.objects.filter(invoice=row)
        }
        documents[row.pk] = oracle.Document(
            pk=row.pk, folio=folio, kind=row.kind, issued=day, rates=rates, corrects=corrected
        )
        folio.documents.append(documents[row.pk])
        assert row.gross == amounts.summed(rates.values()).gross
        assert row.gross > 0, f"{row} credits {row.gross}"
        corrected.live = invoices.remainder(corrected) != 0
    for line in FolioLine.objects.filter(folio=folio.pk).exclude(pk__in=known).order_by("pk"):
        reversed_line = known.get(line.reverses_id)
        stay = next((s for s in folio.booking.stays if s.pk == line.booking_room_id), None)
        known[line.pk] = oracle.Line(
            pk=line.pk,
            stay=stay,
            day=world.today,
            category=line.category,
            rate=line.tax_rate,
            amounts=Split(line.net, line.tax, line.gross),
            reverses=reversed_line,
        )
        folio.lines.append(known[line.pk])
        if reversed_line is not None:
            reversed_line.reversed = True
            assert -line.gross == reversed_line.amounts.gross, f"{line} reverses another amount"
    linked = FolioLine.objects.filter(folio=folio.pk, document__isnull=False)
    for pk, document in linked.values_list("pk", "document"):
        if known[pk].document is None:
            assert documents[document].kind == "CREDIT_NOTE" or known[pk].document is not None
            known[pk].document, known[pk].settled = documents[document], False
    invoices.refresh(folio)
