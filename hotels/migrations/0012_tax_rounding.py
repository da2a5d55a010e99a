"""How a hotel rounds tax, and how each issued document was taxed: so far, per line.

A hotel that says nothing rounds as usual in its country.
"""

from importlib import import_module

from django.db import migrations, models

immutable = import_module("hotels.migrations.0002_issued_documents_are_immutable")


class Migration(migrations.Migration):
    dependencies = [("hotels", "0011_last_availability_date")]

    operations = [
        migrations.AddField(
            model_name="hotel",
            name="tax_rounding",
            field=models.CharField(
                choices=[
                    ("COUNTRY", "as usual in the country"),
                    ("LINE", "per line"),
                    ("RATE", "once per tax rate and document"),
                ],
                default="COUNTRY",
                help_text="Usual in Japan, the EU and the EEA: once per tax rate and document; elsewhere: per line. The time zone determines the country.",
                max_length=7,
                verbose_name="tax rounding",
            ),
        ),
        migrations.AddConstraint(
            model_name="hotel",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax_rounding__in", ["COUNTRY", "LINE", "RATE"])),
                name="hotel_tax_rounding_known",
            ),
        ),
        migrations.RunPython(immutable.remove, immutable.install),
        migrations.AddField(
            model_name="invoice",
            name="prices_include_tax",
            field=models.BooleanField(default=True, verbose_name="prices include tax"),
        ),
        migrations.AddField(
            model_name="invoice",
            name="taxed_once_per_rate",
            field=models.BooleanField(
                default=False,
                help_text="Otherwise the tax was rounded per line.",
                verbose_name="tax rounded once per rate",
            ),
        ),
        migrations.RunPython(immutable.install, immutable.remove),
    ]
