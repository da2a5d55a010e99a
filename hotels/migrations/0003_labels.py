"""What models and fields are called, made ready for translation. It writes nothing."""

from django.db import migrations

from hotels.migrations._naming import NameWhatPeopleSee


class Migration(migrations.Migration):
    dependencies = [
        ("hotels", "0002_issued_documents_are_immutable"),
    ]

    operations = [
        NameWhatPeopleSee(
            models={
                "booking": ("booking", "bookings"),
                "bookingnight": ("booking night", "booking nights"),
                "bookingroom": ("booking room", "booking rooms"),
                "cleaningoptout": ("cleaning opt-out", "cleaning opt-outs"),
                "equipment": ("equipment", "equipment"),
                "folio": ("folio", "folios"),
                "folioline": ("folio line", "folio lines"),
                "guest": ("guest", "guests"),
                "hotel": ("hotel", "hotels"),
                "housekeepingtask": ("housekeeping task", "housekeeping tasks"),
                "invoice": ("invoice", "invoices"),
                "invoiceline": ("invoice line", "invoice lines"),
                "invoiceseries": ("invoice series", "invoice series"),
                "invoicetax": ("invoice tax", "invoice taxes"),
                "maintenanceplan": ("maintenance plan", "maintenance plans"),
                "membership": ("membership", "memberships"),
                "noshowpolicy": ("no-show policy", "no-show policies"),
                "noshowrecord": ("no-show record", "no-show records"),
                "payment": ("payment", "payments"),
                "room": ("room", "rooms"),
                "roomavailability": ("room availability", "room availability"),
                "roomblock": ("room block", "room blocks"),
                "roomtype": ("room type", "room types"),
                "shift": ("shift", "shifts"),
                "staffmember": ("staff member", "staff members"),
                "workorder": ("work order", "work orders"),
            },
            others={"no_show_terms": "no-show terms"},
        ),
    ]
