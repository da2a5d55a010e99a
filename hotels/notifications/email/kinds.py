"""The kinds of e-mail, each with the variables that its template may use.

The variables are an allow-list: text, yes or no, and lists of rows of text. A template sees nothing
else. Who stores a message writes its variables in the recipient's language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    Rows = list[dict[str, str]]

# Columns of rows that Python's dicts would hide behind a method of that name.
NO_COLUMNS = frozenset(dir(dict))


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable with a sample value for previews.

    A secret variable is stored encrypted, and left out of the message as it is stored.
    """

    name: str
    label: "_StrOrPromise"
    sample: "_StrOrPromise | bool"
    secret: bool = False

    @property
    def is_flag(self) -> bool:
        """True if the variable is yes or no: for conditions, not to be written."""
        return isinstance(self.sample, bool)


@dataclass(frozen=True, kw_only=True)
class ListVariable:
    """A list of rows with these columns, and sample rows for previews."""

    name: str
    label: "_StrOrPromise"
    columns: Mapping[str, "_StrOrPromise"]
    samples: tuple[tuple["_StrOrPromise", ...], ...]

    def sample_rows(self) -> "Rows":
        """The sample rows in the active language."""
        return [dict(zip(self.columns, map(str, row), strict=True)) for row in self.samples]


@dataclass(frozen=True, kw_only=True)
class MailKind:
    """A kind of e-mail. Without `transaction`, the recipient may unsubscribe from it."""

    name: str
    label: "_StrOrPromise"
    transaction: bool
    variables: tuple[Variable, ...]
    lists: tuple[ListVariable, ...] = ()

    def all_variables(self) -> Iterator[Variable]:
        """The variables of the kind and those of every kind."""
        yield from self.variables
        yield from COMMON

    def sample_values(self) -> dict[str, "str | bool | Rows"]:
        """Values of all own variables for previews, in the active language."""
        values: dict[str, str | bool | Rows] = {
            each.name: each.sample if isinstance(each.sample, bool) else str(each.sample)
            for each in self.variables
        }
        return values | {each.name: each.sample_rows() for each in self.lists}

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the secret variables."""
        return frozenset(each.name for each in self.variables if each.secret)


# Written by the rendering: they are the same in all messages of a hotel or recipient.
COMMON = (
    Variable(name="hotel", label=_("name of the hotel"), sample="Hotel"),
    Variable(
        name="hotel_email", label=_("e-mail address of the hotel"), sample="desk@hotel.example"
    ),
    Variable(name="name", label=_("name of the recipient"), sample="Ana Silva"),
)

_BOOKING = Variable(name="booking", label=_("booking number"), sample="B-1042")
_ARRIVAL = Variable(name="arrival", label=_("arrival date"), sample="15 Jul 2026")
_DEPARTURE = Variable(name="departure", label=_("departure date"), sample="18 Jul 2026")
_DEADLINE = Variable(
    name="deadline", label=_("until when the guest was expected"), sample="16 Jul 2026, 03:00"
)
_FEE = Variable(name="fee", label=_("no-show fee"), sample="120.00 EUR")
_HAS_FEE = Variable(name="has_fee", label=_("a fee was charged"), sample=True)
_NUMBER = Variable(name="number", label=_("document number"), sample="INV-2026-000042")
_TITLE = Variable(name="title", label=_("document title"), sample=_("Invoice"))
_ISSUED = Variable(name="issued", label=_("date of issue"), sample="18 Jul 2026")
_TOTAL = Variable(name="total", label=_("total"), sample="412.00 EUR")

_KINDS = (
    MailKind(
        name="no-show",
        label=_("Guest: no-show"),
        transaction=True,
        variables=(
            *(_BOOKING, _ARRIVAL, _DEPARTURE, _DEADLINE, _FEE, _HAS_FEE),
            Variable(name="policy", label=_("name of the no-show policy"), sample="Flexible"),
            Variable(
                name="fee_basis",
                label=_("what the fee is"),
                sample=_("the price of the first night"),
            ),
        ),
    ),
    MailKind(
        name="room-released",
        label=_("Guest: room released without a fee"),
        transaction=True,
        variables=(_BOOKING, _ARRIVAL, _DEPARTURE, _DEADLINE),
    ),
    MailKind(
        name="no-show-waived",
        label=_("Guest: no-show fee waived"),
        transaction=True,
        variables=(_BOOKING, _ARRIVAL, _FEE),
    ),
    MailKind(
        name="no-show-reinstated",
        label=_("Guest: booking valid again"),
        transaction=True,
        variables=(_BOOKING, _ARRIVAL, _DEPARTURE, _FEE, _HAS_FEE),
    ),
    MailKind(
        name="invoice",
        label=_("Guest: invoice"),
        transaction=True,
        variables=(
            *(_TITLE, _NUMBER, _ISSUED, _TOTAL, _BOOKING),
            Variable(name="is_due", label=_("an amount is due"), sample=True),
            Variable(name="balance", label=_("amount due"), sample="120.00 EUR"),
            Variable(name="due", label=pgettext_lazy("payment", "due date"), sample="1 Aug 2026"),
        ),
    ),
    MailKind(
        name="credit-note",
        label=_("Guest: credit note"),
        transaction=True,
        variables=(
            *(_TITLE, _NUMBER, _ISSUED, _TOTAL, _BOOKING),
            Variable(name="invoice", label=_("corrected invoice"), sample="INV-2026-000041"),
            Variable(name="reason", label=_("reason"), sample=_("Breakfast was not provided")),
        ),
    ),
    MailKind(
        name="no-show-digest",
        label=_("Front desk: no-shows and decisions"),
        transaction=False,
        variables=(
            Variable(name="date", label=_("business date"), sample="15 Jul 2026"),
            Variable(name="count", label=_("number of rooms"), sample="2"),
            Variable(name="to_decide", label=_("a decision is needed"), sample=True),
            Variable(name="decisions", label=_("number of decisions needed"), sample="1"),
        ),
        lists=(
            ListVariable(
                name="rooms",
                label=_("reserved rooms"),
                columns={
                    "room": _("reserved room"),
                    "guest": _("guest"),
                    "arrival": _("arrival date"),
                    "departure": _("departure date"),
                    "result": _("result"),
                    "fee": _("no-show fee"),
                },
                samples=(
                    (
                        "B-1042/1",
                        "Ana Silva",
                        "15 Jul 2026",
                        "18 Jul 2026",
                        _("no-show"),
                        "120.00 EUR",
                    ),
                    (
                        "B-1043/2",
                        "Jan Novak",
                        "15 Jul 2026",
                        "16 Jul 2026",
                        _("needs a decision"),
                        "",
                    ),
                ),
            ),
        ),
    ),
    MailKind(
        name="housekeeping-list",
        label=_("Housekeeping: tasks of the day"),
        transaction=False,
        variables=(
            Variable(name="date", label=_("date"), sample="15 Jul 2026"),
            Variable(name="count", label=_("number of tasks"), sample="2"),
            Variable(name="time", label=_("working time"), sample="50 min"),
        ),
        lists=(
            ListVariable(
                name="tasks",
                label=_("cleaning tasks"),
                columns={
                    "room": _("room"),
                    "floor": _("floor"),
                    "clean": _("kind of clean"),
                    "priority": _("priority"),
                    "time": _("minutes"),
                    "linen": _("linen change"),
                },
                samples=(
                    ("101", "1", _("departure clean"), _("urgent"), "30 min", ""),
                    ("204", "2", _("stay-over clean"), _("low"), "20 min", _("linen change")),
                ),
            ),
        ),
    ),
    MailKind(
        name="clean-changed",
        label=_("Housekeeping: kind of clean changed"),
        transaction=True,
        variables=(
            Variable(name="attendant", label=_("attendant"), sample="Maria Costa"),
            Variable(name="room", label=_("room"), sample="101"),
            Variable(name="date", label=_("date"), sample="15 Jul 2026"),
            Variable(name="clean", label=_("kind of clean"), sample=_("departure clean")),
            Variable(name="time", label=_("minutes"), sample="30 min"),
            Variable(name="reason", label=_("reason"), sample="due out today"),
        ),
    ),
    MailKind(
        name="maintenance-list",
        label=_("Maintenance: work orders"),
        transaction=False,
        variables=(
            Variable(name="date", label=_("date"), sample="15 Jul 2026"),
            Variable(name="count", label=_("number of work orders"), sample="1"),
        ),
        lists=(
            ListVariable(
                name="orders",
                label=_("work orders"),
                columns={
                    "number": _("number"),
                    "title": _("title"),
                    "equipment": _("equipment"),
                    "due": pgettext_lazy("work", "due date"),
                    "priority": _("priority"),
                    "assigned": _("assigned to the recipient"),
                },
                samples=(
                    (
                        "PM-12-20260715",
                        _("Change filters"),
                        "Boiler 2",
                        "15 Jul 2026",
                        _("normal"),
                        _("yes"),
                    ),
                ),
            ),
        ),
    ),
    MailKind(
        name="invitation",
        label=_("Invitation to the hotel's back office"),
        transaction=True,
        variables=(
            Variable(name="inviter", label=_("person who invites"), sample="Rui Alves"),
            Variable(name="role", label=_("role"), sample=_("front desk")),
            Variable(name="expires", label=_("valid until"), sample="22 Jul 2026, 14:00"),
            Variable(
                name="link",
                label=_("link"),
                sample="https://hotel.example/admin/invitations/sample/",
                secret=True,
            ),
        ),
    ),
)
KINDS: Mapping[str, MailKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
