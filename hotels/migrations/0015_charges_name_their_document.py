"""Each charge names the document that carries it; a folio may have further invoices.

Existing charges are linked by set-based statements, from the lines of the issued documents:

1. to the newest live invoice they are on;
2. to the newest other invoice, unless they wait to be invoiced again: not reversed, on a folio that
   is open, or was completed after its invoice was fully credited;
3. reversal lines to the credit note of the charge they reverse.

Backwards, one invoice of a folio stays live: its first one. It is refused where a document carries
a charge, or a charge is open, that these statements would not link in the same way again. The triggers that keep issued documents
as they are, are removed meanwhile, since SQLite copies the tables.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

immutable = import_module("hotels.migrations.0002_issued_documents_are_immutable")

INVOICE, CREDIT_NOTE = "INVOICE", "CREDIT_NOTE"


def link_charges(apps, schema_editor):
    charges = apps.get_model("hotels", "FolioLine").objects.using(schema_editor.connection.alias)
    printed = apps.get_model("hotels", "InvoiceLine").objects.using(schema_editor.connection.alias)
    invoices = apps.get_model("hotels", "Invoice").objects.using(schema_editor.connection.alias)
    on_invoice = printed.filter(invoice__kind=INVOICE, folio_line=OuterRef("pk"))
    _link(charges, on_invoice.filter(invoice__live=True))

    of_folio = invoices.filter(folio=OuterRef("folio"))
    live = of_folio.filter(kind=INVOICE, live=True)
    credited_since = of_folio.filter(
        kind=CREDIT_NOTE, issued_at__gte=OuterRef("folio__completed_at")
    )
    done = (
        Q(Exists(charges.filter(reverses=OuterRef("pk"))))
        | Q(folio__status="VOID")
        | (Q(folio__status="COMPLETED") & (Q(Exists(live)) | Q(Exists(credited_since))))
    )
    settled = charges.filter(done, document=None).order_by().values("pk")
    _link(charges.filter(pk__in=settled), on_invoice)

    on_note = printed.filter(invoice__kind=CREDIT_NOTE, folio_line=OuterRef("reverses"))
    _link(charges.filter(reverses__isnull=False), on_note)
    _set_live(invoices)


def _link(charges, printed):
    newest = printed.order_by("-invoice").values("invoice")[:1]
    charges.filter(Exists(printed), document=None).update(document=Subquery(newest))


def _set_live(invoices):
    """An invoice is live while something of it is not credited; one set back below is live again."""
    money = DecimalField(max_digits=16, decimal_places=4)
    credited = (
        invoices.filter(corrects=OuterRef("pk"))
        .order_by()
        .values("corrects")
        .annotate(sum=Sum("gross"))
        .values("sum")
    )
    left = F("gross") - Coalesce(Subquery(credited, output_field=money), Value(0), output_field=money)
    back = invoices.filter(kind=INVOICE, live=False).annotate(left=left).filter(left__gt=0)
    invoices.filter(pk__in=back.order_by().values("pk")).update(live=True)


def keep_one_live(apps, schema_editor):
    """Leave the first live invoice of each folio live: before, a folio had one."""
    invoices = apps.get_model("hotels", "Invoice").objects.using(schema_editor.connection.alias)
    live = invoices.filter(kind=INVOICE, live=True)
    earlier = live.filter(folio=OuterRef("folio"), pk__lt=OuterRef("pk"))
    further = live.filter(Exists(earlier)).order_by().values("pk")
    # Read before they are changed: the condition looks at the rows that are changed.
    invoices.filter(pk__in=list(further.values_list("pk", flat=True))).update(live=False)


def refuse_what_would_be_lost(apps, schema_editor):
    """Going back and forward again would credit a charge twice, or never invoice it again."""
    charges = apps.get_model("hotels", "FolioLine").objects.using(schema_editor.connection.alias)
    printed = apps.get_model("hotels", "InvoiceLine").objects.using(schema_editor.connection.alias)
    adjusted = charges.filter(reverses=None, document__kind=CREDIT_NOTE)
    cancelled = printed.filter(
        invoice__kind=INVOICE, invoice__live=False, folio_line=OuterRef("pk")
    )
    reopened = charges.filter(Exists(cancelled), document=None, settled_at=None)
    count = adjusted.count() + reopened.count()
    if count:
        raise ValueError(
            f"Charges credited by amount, or open again after their invoice was cancelled: {count}. "
            "Only this migration keeps track of them, so it cannot be undone."
        )


def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):

    dependencies = [
        ('hotels', '0014_currencies'),
    ]

    operations = [
        migrations.RunPython(immutable.remove, immutable.install),
        migrations.RemoveConstraint(
            model_name='invoice',
            name='invoice_live_once_per_folio',
        ),
        migrations.RunPython(nothing, keep_one_live),
        migrations.AddField(
            model_name='invoice',
            name='first_invoice',
            field=models.ForeignKey(blank=True, help_text='The first invoice of the folio, if this one is for later charges.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='further_invoices', to='hotels.invoice', verbose_name='first invoice'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'INVOICE'), ('first_invoice__isnull', True), _connector='OR'), name='invoice_further_is_invoice'),
        ),
        migrations.RunPython(immutable.install, immutable.remove),
        migrations.AddField(
            model_name='folio',
            name='settled_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When the completed folio was found to have no charges.', null=True, verbose_name='settled at'),
        ),
        migrations.AddField(
            model_name='folioline',
            name='document',
            field=models.ForeignKey(blank=True, editable=False, help_text='The invoice or credit note that carries the charge.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='hotels.invoice', verbose_name='document'),
        ),
        migrations.AddField(
            model_name='folioline',
            name='settled_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When it was settled without a document, among charges that total zero.', null=True, verbose_name='settled at'),
        ),
        migrations.AddIndex(
            model_name='folioline',
            index=models.Index(condition=models.Q(('document__isnull', True), ('settled_at__isnull', True)), fields=['folio'], name='folio_line_open'),
        ),
        migrations.AddConstraint(
            model_name='folioline',
            constraint=models.CheckConstraint(condition=models.Q(('document__isnull', True), ('settled_at__isnull', True), _connector='OR'), name='folio_line_settled_or_on_document'),
        ),
        migrations.RunPython(link_charges, nothing),
        migrations.RunPython(nothing, refuse_what_would_be_lost),
    ]
