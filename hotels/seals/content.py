"""The sealed content of audit entries and documents, and its digest.

The columns are listed by version, so that a new column changes no digest of the past: it gets a
new version. What follows payments (balance, payment status, live) is not sealed.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from hotels.models import AuditEntry, Chain, Invoice, InvoiceLine, InvoiceTax, Seal

NEWEST_VERSION = 1
# Cleared when the user or hotel is deleted; kept in the seal instead.
REFERENCES = ("hotel_id", "user_id")
ENTRY = {
    1: (
        *("id", "at", "username", "hotel_name", "via", "verb", "model", "object_id"),
        *("object_label", "before", "after", "note"),
    )
}
DOCUMENT = {
    1: (
        *("id", "hotel_id", "folio_id", "kind", "year", "sequence", "number", "corrects_id"),
        *("first_invoice_id", "issue_date", "issued_at", "service_start_date"),
        *("service_end_date", "due_date", "currency", "seller", "buyer", "taxed_once_per_rate"),
        *("prices_include_tax", "net", "tax", "gross", "reason", "reason_phrase"),
    )
}
LINE = {
    1: (
        *("id", "invoice_id", "position", "folio_line_id", "business_date", "description"),
        *("phrase", "quantity", "tax_rate", "net", "tax", "gross"),
    )
}
TAX = {1: ("id", "invoice_id", "rate", "zero_tax_reasons", "net", "tax", "gross")}


@dataclass(frozen=True, kw_only=True)
class Content:
    """The sealed columns of a row, and the keys in it that may be cleared later."""

    values: dict[str, Any]
    references: dict[str, int | None]


def unsealed(chain: Chain) -> QuerySet[Any]:
    """The rows without a seal; documents of sandbox hotels, which may be deleted, get none."""
    # Without the first condition a document that does not say so would be left out too.
    no_sandbox = Q(seller__sandbox__isnull=True) | ~Q(seller__sandbox=True)
    rows: QuerySet[Any] = (
        AuditEntry.objects.all() if chain is Chain.AUDIT else Invoice.objects.filter(no_sandbox)
    )
    seals = Seal.objects.filter(chain=chain, row_id=OuterRef("pk"))
    return rows.filter(~Exists(seals)).order_by("pk")


def read(*, chain: Chain, keys: Collection[int], version: int) -> dict[int, Content]:
    """The contents of the rows that exist, by key; of a document with its lines and taxes."""
    if chain is Chain.AUDIT:
        entries = AuditEntry.objects.filter(pk__in=keys).values(*ENTRY[version], *REFERENCES)
        return {entry["id"]: _of_entry(entry) for entry in entries}
    documents = Invoice.objects.filter(pk__in=keys).values(*DOCUMENT[version])
    found = {row["id"]: row | {"lines": [], "taxes": []} for row in documents}
    parts = {"invoice__in": list(found)}
    lines = InvoiceLine.objects.filter(**parts).order_by("pk").values(*LINE[version])
    taxes = InvoiceTax.objects.filter(**parts).order_by("pk").values(*TAX[version])
    _add(found, name="lines", rows=lines)
    _add(found, name="taxes", rows=taxes)
    return {key: Content(values=row, references={}) for key, row in found.items()}


def digest_of(*, seal: Seal, previous: str, content: Content) -> str:
    """SHA-256 over the seal, the digest before it and the content of its row, in hexadecimal."""
    parts = [
        *(seal.chain, seal.number, seal.row_id, seal.version, seal.references, seal.sealed_at),
        *(previous, content.values),
    ]
    text = json.dumps(parts, default=_text, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _of_entry(entry: dict[str, Any]) -> Content:
    references = {name: entry.pop(name) for name in REFERENCES}
    return Content(values=entry, references=references)


def _add(
    documents: dict[int, dict[str, Any]], *, name: str, rows: Iterable[dict[str, Any]]
) -> None:
    for row in rows:
        documents[row["invoice_id"]][name].append(row)


def _text(value: object) -> str:
    """A value as text, the same on both databases and for more decimal places of a column.

    Raises TypeError for a type that no sealed column has.
    """
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be sealed.")
