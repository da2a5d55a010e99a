"""Bookings, nights, folios, charges and payments carry their currency.

So far it was the hotel's. A folio with an invoice has the currency of that invoice, which the
hotel may have changed since.
"""

import hotels.models.currencies
from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

MODELS = {
    "booking": "booking",
    "bookingnight": "booking_night",
    "folio": "folio",
    "folioline": "folio_line",
    "payment": "payment",
}
HELP = {
    "booking": "Of the agreed prices.",
    "folio": "Of all charges and payments. Empty: as the booking.",
    "payment": "Empty: as the folio.",
}


def fill(apps, schema_editor):
    Hotel, Invoice, Booking, Folio = (
        apps.get_model("hotels", name) for name in ("Hotel", "Invoice", "Booking", "Folio")
    )
    hotel = Hotel.objects.filter(pk=OuterRef("hotel")).values("currency")
    invoices = Invoice.objects.filter(folio=OuterRef("pk")).order_by("-pk")
    invoiced = invoices.values("currency")[:1]
    Folio.objects.update(currency=Coalesce(Subquery(invoiced), Subquery(hotel)))
    of_booking = Folio.objects.filter(booking=OuterRef("pk")).order_by("number", "pk")
    folio = of_booking.values("currency")[:1]
    Booking.objects.update(currency=Coalesce(Subquery(folio), Subquery(hotel)))
    nights = Booking.objects.filter(rooms=OuterRef("booking_room")).values("currency")[:1]
    apps.get_model("hotels", "BookingNight").objects.update(currency=Subquery(nights))
    account = Folio.objects.filter(pk=OuterRef("folio")).values("currency")
    for name in ("FolioLine", "Payment"):
        apps.get_model("hotels", name).objects.update(currency=Subquery(account))


class Migration(migrations.Migration):
    dependencies = [("hotels", "0013_tax_rates_with_four_decimals")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="currency",
                field=models.CharField(
                    blank=True,
                    default="",
                    help_text=HELP.get(name, ""),
                    max_length=3,
                    validators=[hotels.models.currencies.validate_currency],
                    verbose_name="currency",
                ),
                preserve_default=False,
            )
            for name in MODELS
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        *(
            migrations.AddConstraint(
                model_name=model,
                constraint=models.CheckConstraint(
                    condition=models.Q(("currency", ""), _negated=True),
                    name=f"{name}_has_currency",
                ),
            )
            for model, name in MODELS.items()
        ),
    ]
