"""What a printed invoice needs: quantities, dates, reasons for 0 %, and the hotel's data for payment.

A hotel had one tax ID. It is the VAT ID now if it begins as one of the hotel's country does, else the
tax number. Backwards the two become one again, which is refused where a hotel has both.

Charges that are not invoiced yet get the phrase of their description, so that their invoice can be
printed in any language, and an untaxed no-show fee its reason. Documents that were issued before stay
as they are: a quantity of 1, no due date, and the dates of their lines.
"""

import re
from datetime import datetime
from decimal import Decimal
from importlib import import_module

import django.core.validators
import hotels.models.invoice_settings
from django.db import migrations, models
from hotels.countries import country_of_zone

immutable = import_module("hotels.migrations.0002_issued_documents_are_immutable")

BATCH = 1000
NIGHT = re.compile(r"Night of (\d{4}-\d\d-\d\d)")
ROOM_NIGHT = re.compile(r"Room (.+), night of (\d{4}-\d\d-\d\d)")
FEE = re.compile(r"No-show fee (.+), arrival (\d\d? [A-Z][a-z]{2,3} \d{4})")
REVERSED = "Reversed: "


def move_vat_ids(apps, schema_editor):
    for hotel in _rows(apps, schema_editor, "Hotel").exclude(tax_number=""):
        country = country_of_zone(hotel.timezone)
        prefix = {"GR": "EL", "JP": "T", "CH": "CHE"}.get(country, country)
        if prefix and re.match(rf"{prefix}[\W]*[A-Z]{{0,2}}\d", hotel.tax_number.upper()):
            hotel.vat_id, hotel.tax_number = hotel.tax_number, ""
            hotel.save(update_fields=["vat_id", "tax_number"])


def move_back(apps, schema_editor):
    hotels = _rows(apps, schema_editor, "Hotel").exclude(vat_id="")
    both = list(hotels.exclude(tax_number="").values_list("code", flat=True))
    if both:
        raise ValueError(
            f"Hotels with a VAT ID and a tax number: {', '.join(both)}. "
            "Before this migration a hotel had one number, so it cannot be undone."
        )
    hotels.update(tax_number=models.F("vat_id"))


def phrase_of(description):
    """The phrase of a description that the system wrote in English; empty for any other text."""
    if description.startswith(REVERSED):
        charge = description.removeprefix(REVERSED)
        return {"code": "REVERSED", "values": {"charge": phrase_of(charge) or charge}}
    if found := NIGHT.fullmatch(description):
        return {"code": "NIGHT", "values": {"night": found[1]}}
    if found := ROOM_NIGHT.fullmatch(description):
        return {"code": "ROOM_NIGHT", "values": {"room": found[1], "night": found[2]}}
    if found := FEE.fullmatch(description):
        try:
            arrival = datetime.strptime(found[2].replace("Sept", "Sep"), "%d %b %Y").date()
        except ValueError:
            return {}
        return {"code": "NO_SHOW_FEE", "values": {"room": found[1], "arrival": str(arrival)}}
    return {}


def describe_open_charges(apps, schema_editor):
    charges = _rows(apps, schema_editor, "FolioLine")
    open_charges = charges.filter(document=None, settled_at=None)
    taxed_hotel = open_charges.exclude(folio__hotel__accommodation_tax_rate=0)
    fees = taxed_hotel.filter(category="NO_SHOW_FEE", tax_rate=0)
    fees.update(zero_tax_reason="COMPENSATION")
    changed = []
    for charge in open_charges.only("description").iterator(BATCH):
        charge.phrase = phrase_of(charge.description)
        if charge.phrase:
            changed.append(charge)
    charges.bulk_update(changed, ["phrase"], batch_size=BATCH)


def _rows(apps, schema_editor, model):
    return apps.get_model("hotels", model).objects.using(schema_editor.connection.alias)


def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("hotels", "0015_charges_name_their_document")]

    operations = [
        migrations.RenameField(
            model_name="hotel",
            old_name="tax_id",
            new_name="tax_number",
        ),
        migrations.AddField(
            model_name="folioline",
            name="phrase",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="The description as a text that can be translated, if the system wrote it.",
                verbose_name="phrase",
            ),
        ),
        migrations.AddField(
            model_name="folioline",
            name="quantity",
            field=models.DecimalField(
                decimal_places=4,
                default=Decimal("1"),
                help_text="Negative for a reversal. The amounts are for the whole quantity.",
                max_digits=12,
                verbose_name="quantity",
            ),
        ),
        migrations.AddField(
            model_name="folioline",
            name="zero_tax_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("EXEMPT", "exempt from tax"),
                    ("ZERO_RATED", "zero-rated"),
                    ("OUT_OF_SCOPE", "not taxable"),
                    ("SMALL_BUSINESS", "small business scheme"),
                    ("NO_TAX", "the country has no such tax"),
                    ("COMPENSATION", "compensation, such as a no-show fee"),
                ],
                help_text="Empty: the hotel's reason.",
                max_length=14,
                verbose_name="reason for 0 % tax",
            ),
        ),
        migrations.AddField(
            model_name="hotel",
            name="bank_account",
            field=models.CharField(
                blank=True,
                help_text="With the bank code where there is no IBAN. Printed while an amount is due; empty: no bank details are printed.",
                max_length=60,
                validators=[hotels.models.invoice_settings.validate_account],
                verbose_name="IBAN or account number",
            ),
        ),
        migrations.AddField(
            model_name="hotel",
            name="bank_account_holder",
            field=models.CharField(
                blank=True,
                help_text="Empty: the legal name.",
                max_length=160,
                verbose_name="account holder",
            ),
        ),
        migrations.AddField(
            model_name="hotel",
            name="bank_bic",
            field=models.CharField(
                blank=True,
                max_length=11,
                validators=[hotels.models.invoice_settings.validate_bic],
                verbose_name="BIC (SWIFT code)",
            ),
        ),
        migrations.AddField(
            model_name="hotel",
            name="bank_name",
            field=models.CharField(blank=True, max_length=120, verbose_name="bank"),
        ),
        migrations.AddField(
            model_name="hotel",
            name="payment_days",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="After the date of issue. 0: due on receipt.",
                validators=[django.core.validators.MaxValueValidator(365)],
                verbose_name="days until payment is due",
            ),
        ),
        migrations.AddField(
            model_name="hotel",
            name="vat_id",
            field=models.CharField(
                blank=True,
                help_text="Number for value added, goods and services or consumption tax, with its prefix, such as PT509442013. Printed with its name in the hotel's country.",
                max_length=40,
                verbose_name="VAT ID",
            ),
        ),
        migrations.AddField(
            model_name="hotel",
            name="zero_tax_note",
            field=models.CharField(
                blank=True,
                help_text="Printed after the reason as it is, such as Art. 9 CIVA.",
                max_length=200,
                verbose_name="law or own text for 0 % tax",
            ),
        ),
        migrations.AddField(
            model_name="hotel",
            name="zero_tax_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("EXEMPT", "exempt from tax"),
                    ("ZERO_RATED", "zero-rated"),
                    ("OUT_OF_SCOPE", "not taxable"),
                    ("SMALL_BUSINESS", "small business scheme"),
                    ("NO_TAX", "the country has no such tax"),
                    ("COMPENSATION", "compensation, such as a no-show fee"),
                ],
                help_text="Printed where the tax rate of a charge is 0 %, in the language of the document. An untaxed no-show fee has its own reason.",
                max_length=14,
                verbose_name="reason for 0 % tax",
            ),
        ),
        migrations.AddConstraint(
            model_name="folioline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity", 0), _negated=True),
                name="folio_line_quantity_not_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="folioline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "zero_tax_reason__in",
                        [
                            "",
                            "EXEMPT",
                            "ZERO_RATED",
                            "OUT_OF_SCOPE",
                            "SMALL_BUSINESS",
                            "NO_TAX",
                            "COMPENSATION",
                        ],
                    )
                ),
                name="folio_line_zero_tax_reason_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="hotel",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment_days__lte", 365)), name="hotel_payment_days_limited"
            ),
        ),
        migrations.AddConstraint(
            model_name="hotel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "zero_tax_reason__in",
                        [
                            "",
                            "EXEMPT",
                            "ZERO_RATED",
                            "OUT_OF_SCOPE",
                            "SMALL_BUSINESS",
                            "NO_TAX",
                            "COMPENSATION",
                        ],
                    )
                ),
                name="hotel_zero_tax_reason_known",
            ),
        ),
        migrations.RunPython(immutable.remove, immutable.install),
        migrations.AddField(
            model_name="invoice",
            name="due_date",
            field=models.DateField(
                blank=True,
                help_text="Of an invoice. Date of issue: on receipt.",
                null=True,
                verbose_name="due date",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="reason_phrase",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="The reason as a text that can be translated, if the system wrote it.",
                verbose_name="phrase of the reason",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="service_end_date",
            field=models.DateField(
                blank=True,
                help_text="Departure, or the last charge.",
                null=True,
                verbose_name="service until",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="service_start_date",
            field=models.DateField(
                blank=True,
                help_text="Arrival, or the first charge.",
                null=True,
                verbose_name="service from",
            ),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="phrase",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="The description as a text that can be translated, if the system wrote it.",
                verbose_name="phrase",
            ),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="quantity",
            field=models.DecimalField(
                decimal_places=4, default=Decimal("1"), max_digits=12, verbose_name="quantity"
            ),
        ),
        migrations.AddField(
            model_name="invoicetax",
            name="zero_tax_reasons",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Each with the hotel's own text.",
                verbose_name="reasons for 0 % tax",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("service_end_date__gte", models.F("service_start_date"))),
                name="invoice_service_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_date__gte", models.F("issue_date"))),
                name="invoice_due_after_issue",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity", 0), _negated=True),
                name="invoice_line_quantity_not_zero",
            ),
        ),
        migrations.RunPython(immutable.install, immutable.remove),
        migrations.RunPython(describe_open_charges, nothing),
        migrations.RunPython(move_vat_ids, move_back),
    ]
