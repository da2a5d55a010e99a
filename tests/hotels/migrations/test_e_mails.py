"""Migrations that add e-mails, chat channels, and the indexes of deposits left over."""

from typing import Any

import pytest

from tests.hotels.migrations.books import NOW, TODAY, Books
from tests.migrating import Migrating

pytestmark = pytest.mark.migration("hotels.0025_e_mails", "hotels.0027_deposits_left_over")


def filled(apps: Any, hotel: int) -> None:
    """Fill the tables that the step adds."""
    user = apps.get_model("auth", "User").objects.create(username="ana")
    rows: dict[str, dict[str, Any]] = {
        "EmailLook": {"hotel_id": hotel, "colour": "#1f5c7a"},
        "EmailTemplate": {"hotel_id": hotel, "kind": "invoice", "language": "de"}
        | {"subject": "S", "body": "B", "changed_at": NOW, "changed_by": user},
        "SuppressedAddress": {"hotel_id": hotel, "address": "x@x.example", "reason": "BOUNCED"}
        | {"created_at": NOW},
        "ChatChannel": {"owner": user, "name": "Night", "address": "secret", "created_at": NOW},
    }
    for model, columns in rows.items():
        apps.get_model("hotels", model).objects.create(**columns)


def test_hotels_before_it_send_e_mails_in_english(migration: Migrating) -> None:
    books = Books(migration.earlier)

    after = migration.forwards()

    assert after.get_model("hotels", "Hotel").objects.get(pk=books.hotel).language == "en"


def test_stays_are_kept_backwards_where_the_new_tables_have_rows(migration: Migrating) -> None:
    books = Books(migration.earlier)
    room, folio = books.reserved_room(departure=TODAY), books.folio()
    after = migration.forwards()
    after.get_model("hotels", "Folio").objects.filter(pk=folio).update(settled_at=NOW)
    filled(after, books.hotel)

    earlier = migration.backwards()

    assert earlier.get_model("hotels", "BookingRoom").objects.get().pk == room
    assert earlier.get_model("hotels", "Folio").objects.get().settled_at == NOW
    again = migration.forwards()
    assert not again.get_model("hotels", "ChatChannel").objects.exists()
