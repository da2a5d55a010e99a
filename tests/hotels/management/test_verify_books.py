"""`manage.py verify_books`: exit codes and output."""

import json
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hotels.models import AuditEntry, ChainHead, Seal
from hotels.seals import seal_books
from tests.hotels.seals.tampering import change

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries(now: datetime) -> list[AuditEntry]:
    """Two sealed entries and one without a seal."""
    rows = [AuditEntry(at=now, via="API", verb="change", note=str(n)) for n in range(3)]
    AuditEntry.objects.bulk_create(rows[:2])
    seal_books(now=now)
    AuditEntry.objects.bulk_create(rows[2:])
    return rows


def verify_books(*options: str) -> str:
    out = StringIO()
    call_command("verify_books", *options, stdout=out)
    return out.getvalue()


def test_whole_books_exit_with_0_and_name_the_newest_seal(entries: list[AuditEntry]) -> None:
    digest = Seal.objects.get(number=2).digest

    assert verify_books().splitlines() == [
        f"AUDIT: whole, 2 seals, 1 not sealed yet. Newest seal: AUDIT:2:{digest}",
        "DOCUMENTS: whole, 0 seals, 0 not sealed yet.",
    ]


def test_broken_books_exit_with_1_and_name_the_first_broken_seal(
    entries: list[AuditEntry],
) -> None:
    change(entries[1], note="forged")
    out = StringIO()

    with pytest.raises(CommandError) as raised:
        call_command("verify_books", stdout=out)

    assert raised.value.returncode == 1
    assert out.getvalue().startswith(
        f"AUDIT: BROKEN at seal 2: audit entry {entries[1].pk} or its seal was changed. Expected "
    )


def test_json_has_the_first_broken_seal(entries: list[AuditEntry]) -> None:
    change(entries[0], note="forged")
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("verify_books", "--json", stdout=out)

    payload = json.loads(out.getvalue())
    audit, documents = payload["chains"]
    assert payload["whole"] is False
    assert (audit["checked"], audit["unsealed"]) == (0, 1)
    assert (audit["broken"]["number"], audit["broken"]["rowId"]) == (1, entries[0].pk)
    assert documents["broken"] is None


def test_an_anchor_of_the_log_is_compared(entries: list[AuditEntry]) -> None:
    head = ChainHead.objects.get(pk="AUDIT")

    assert "AUDIT: whole" in verify_books("--anchor", f"AUDIT:2:{head.digest}")
    with pytest.raises(CommandError) as raised:
        verify_books("--anchor", f"AUDIT:1:{head.digest}")
    assert raised.value.returncode == 1


@pytest.mark.parametrize("text", ["", "AUDIT:1", "AUDIT:x:5f0c", "OTHER:1:5f0c"])
def test_an_anchor_in_a_wrong_form_is_wrong_usage(text: str) -> None:
    with pytest.raises(CommandError, match="copy CHAIN:NUMBER:DIGEST") as raised:
        verify_books("--anchor", text)
    assert raised.value.returncode == 2
