"""The four demo hotels: places, currencies, room types, staff and guests."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class DemoHotel:
    """One hotel of the demo group; `rate` is the price per night of a standard double."""

    code: str
    name: str
    legal_name: str
    vat_id: str
    tax_number: str
    bank_account: str
    bank_bic: str
    bank_name: str
    payment_days: int
    zero_tax_reason: str
    address: str
    timezone: str
    currency: str
    country: str
    rate: Decimal
    tax_rate: Decimal
    prices_include_tax: bool


GROUP_NAME = "Longitude Hotels"
GROUP = (
    DemoHotel(
        code="lisbon",
        name="Miradouro Lisboa",
        legal_name="Miradouro Hotelaria Lda.",
        vat_id="PT509123457",
        tax_number="",
        bank_account="PT50000201231234567890154",
        bank_bic="BPTMPTPL",
        bank_name="Banco da Colina",
        payment_days=14,
        zero_tax_reason="EXEMPT",
        address="Rua da Senhora do Monte 12, 1170-361 Lisboa",
        timezone="Europe/Lisbon",
        currency="EUR",
        country="PRT",
        rate=Decimal("128.50"),
        tax_rate=Decimal(6),
        prices_include_tax=True,
    ),
    DemoHotel(
        code="new-york",
        name="Hudson House New York",
        legal_name="Hudson House Hospitality LLC",
        vat_id="",
        tax_number="84-1234567",
        bank_account="ABA 021000021, account 4829301177",
        bank_bic="HDSNUS33",
        bank_name="Hudson Valley Bank",
        payment_days=30,
        zero_tax_reason="EXEMPT",
        address="412 West 29th Street, New York, NY 10001",
        timezone="America/New_York",
        currency="USD",
        country="USA",
        rate=Decimal("249.00"),
        tax_rate=Decimal("14.75"),
        prices_include_tax=False,
    ),
    DemoHotel(
        code="tokyo",
        name="Sumida Garden Tokyo",
        legal_name="Sumida Garden K.K.",
        vat_id="T1234567890123",
        tax_number="",
        bank_account="001-1234567",
        bank_bic="SMDGJPJT",
        bank_name="Sumida Bank, Mukojima branch",
        payment_days=0,
        zero_tax_reason="OUT_OF_SCOPE",
        address="1-8-3 Mukojima, Sumida-ku, Tokyo 131-0033",
        timezone="Asia/Tokyo",
        currency="JPY",
        country="JPN",
        rate=Decimal(26800),
        tax_rate=Decimal(10),
        prices_include_tax=True,
    ),
    DemoHotel(
        code="kuwait",
        name="Gulf Corniche Kuwait",
        legal_name="Gulf Corniche Hotels W.L.L.",
        vat_id="",
        tax_number="402117",
        bank_account="KW81CBKU0000000000001234560101",
        bank_bic="CBKUKWKW",
        bank_name="Corniche Bank",
        payment_days=0,
        zero_tax_reason="NO_TAX",
        address="Arabian Gulf Street, Sharq, Kuwait City",
        timezone="Asia/Kuwait",
        currency="KWD",
        country="KWT",
        rate=Decimal("42.750"),
        tax_rate=Decimal(0),
        prices_include_tax=True,
    ),
)

# Code, name, factor of the standard rate, credits factor, capacity, rooms.
ROOM_TYPES = (
    ("STD", "Standard double", Decimal("1.0"), Decimal("1.0"), 2, 12),
    ("SUP", "Superior double", Decimal("1.3"), Decimal("1.2"), 3, 6),
    ("SUI", "Suite", Decimal("2.1"), Decimal("1.8"), 4, 3),
)

HOUSEKEEPERS = ("Ana Reis", "Bruno Faria", "Chiara Neri", "Dina Haddad")
TECHNICIANS = ("Emil Novak",)
RECEPTIONISTS = ("Farah Aziz", "Gil Santos")

GUESTS = (
    "Hannah Vogel",
    "Ikuko Mori",
    "Jamal Rahman",
    "Katja Lind",
    "Liam O'Neill",
    "Maria Duarte",
    "Nadia Petrova",
    "Oscar Blanc",
    "Priya Nair",
    "Quentin Roux",
    "Rosa Jimenez",
    "Samir Khalil",
    "Tove Berg",
    "Umberto Galli",
    "Vera Kolar",
    "Wei Zhang",
    "Ximena Paz",
    "Yusuf Demir",
    "Zoe Clarke",
    "Anders Holm",
)
