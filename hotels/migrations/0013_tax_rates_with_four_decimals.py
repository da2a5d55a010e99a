"""Tax rates have four decimals: 8.875 %, 9.975 %."""

from decimal import Decimal
from importlib import import_module

import django.core.validators
from django.db import migrations, models

immutable = import_module("hotels.migrations.0002_issued_documents_are_immutable")
RATES = {
    "Hotel": "accommodation_tax_rate",
    "FolioLine": "tax_rate",
    "InvoiceLine": "tax_rate",
    "InvoiceTax": "rate",
}


def refuse_finer_rates(apps, schema_editor):
    """Going back would round the rates of issued documents."""
    for model, field in RATES.items():
        rates = apps.get_model("hotels", model).objects.order_by().values_list(field, flat=True)
        for rate in rates.distinct():
            if rate != round(rate, 2):
                raise ValueError(
                    f"A tax rate of {rate.normalize():f} % has more than two decimals: "
                    "this migration cannot be undone."
                )


class Migration(migrations.Migration):
    dependencies = [("hotels", "0012_tax_rounding")]

    operations = [
        migrations.RunPython(immutable.remove, immutable.install),
        migrations.AlterField(
            model_name="hotel",
            name="accommodation_tax_rate",
            field=models.DecimalField(
                decimal_places=4,
                default=Decimal("0"),
                help_text="In percent.",
                max_digits=7,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(100),
                ],
                verbose_name="accommodation tax rate",
            ),
        ),
        migrations.AlterField(
            model_name="folioline",
            name="tax_rate",
            field=models.DecimalField(
                decimal_places=4,
                default=Decimal("0"),
                help_text="In percent.",
                max_digits=7,
                verbose_name="tax rate",
            ),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="tax_rate",
            field=models.DecimalField(decimal_places=4, max_digits=7, verbose_name="tax rate"),
        ),
        migrations.AlterField(
            model_name="invoicetax",
            name="rate",
            field=models.DecimalField(
                decimal_places=4, help_text="In percent.", max_digits=7, verbose_name="rate"
            ),
        ),
        migrations.RunPython(immutable.install, immutable.remove),
        migrations.RunPython(migrations.RunPython.noop, refuse_finer_rates),
    ]
