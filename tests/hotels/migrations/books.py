"""Hotels, folios and documents, made with the models of a step of the migrations."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.exceptions import FieldDoesNotExist

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)


class Books:
    """A hotel and a booking in it; each method makes a row and returns its key."""

    def __init__(self, apps: Any, **hotel: Any) -> None:
        self.apps = apps
        self._numbers = count(1)
        self.currency = hotel.setdefault("currency", "EUR")
        hotel.setdefault("timezone", "Europe/Lisbon")
        self.hotel = self.create("Hotel", code="inn", name="Inn", **hotel)
        self.guest = self.create("Guest", hotel_id=self.hotel, name="Ana")
        self.booking_id = self.booking()

    def create(self, model: str, **fields: Any) -> int:
        """A row of a model."""
        key: int = self.apps.get_model("hotels", model).objects.create(**fields).pk
        return key

    def booking(self) -> int:
        """A booking; it is of the guest."""
        return self.create(
            "Booking",
            hotel_id=self.hotel,
            guest_id=self.guest,
            reference=f"B{next(self._numbers)}",
            booked_at=NOW,
            **self._currency("Booking"),
        )

    def reserved_room(self, *, departure: date, **fields: Any) -> int:
        """A reserved room that arrives today, with a room type of its own."""
        kind = self.create("RoomType", hotel_id=self.hotel, code="STD", name="Standard")
        return self.create(
            "BookingRoom",
            hotel_id=self.hotel,
            room_type_id=kind,
            arrival_date=TODAY,
            departure_date=departure,
            no_show_terms={},
            **{"booking_id": self.booking_id} | fields,
        )

    def folio(
        self, status: str = "COMPLETED", completed_at: datetime = NOW, booking: int | None = None
    ) -> int:
        """A folio of the booking."""
        return self.create(
            "Folio",
            hotel_id=self.hotel,
            booking_id=booking or self.booking_id,
            payer_id=self.guest,
            number=next(self._numbers),
            status=status,
            completed_at=completed_at if status == "COMPLETED" else None,
            **self._currency("Folio"),
        )

    def line(self, folio: int, gross: int, **fields: Any) -> int:
        """A charge."""
        return self.create(
            "FolioLine",
            folio_id=folio,
            business_date=TODAY,
            net=gross,
            tax=0,
            gross=gross,
            **self._currency("FolioLine"),
            **{"category": "EXTRA", "description": "Minibar"} | fields,
        )

    def document(
        self,
        folio: int,
        *lines: int,
        corrects: int | None = None,
        rate: Decimal | int = 0,
        **fields: Any,
    ) -> int:
        """An invoice with the charges, or the credit note that corrects one."""
        number = next(self._numbers)
        kind = "INVOICE" if corrects is None else "CREDIT_NOTE"
        charges = self.apps.get_model("hotels", "FolioLine").objects
        gross = fields.pop("gross", sum(charges.get(pk=pk).gross for pk in lines))
        amounts = {"net": gross, "tax": 0, "gross": gross}
        key = self.create(
            "Invoice",
            hotel_id=self.hotel,
            folio_id=folio,
            kind=kind,
            corrects_id=corrects,
            year=2026,
            sequence=number,
            number=f"{kind}-{number}",
            issue_date=TODAY,
            currency=self.currency,
            seller={},
            buyer={},
            balance=0,
            payment_status="UNPAID",
            **amounts,
            **{"issued_at": NOW} | fields,
        )
        for position, line in enumerate(lines, start=1):
            self.create(
                "InvoiceLine",
                invoice_id=key,
                position=position,
                folio_line_id=line,
                business_date=TODAY,
                description="Minibar",
                tax_rate=rate,
                net=1,
                tax=0,
                gross=1,
            )
        self.create("InvoiceTax", invoice_id=key, rate=rate, **amounts)
        return key

    def _currency(self, model: str) -> dict[str, str]:
        """The currency of a row, if the model has it at this step."""
        try:
            self.apps.get_model("hotels", model)._meta.get_field("currency")
        except FieldDoesNotExist:
            return {}
        return {"currency": self.currency}
