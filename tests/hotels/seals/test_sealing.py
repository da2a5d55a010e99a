"""Sealing: complete, once, after the commit, and without holding up anybody."""

import logging
import threading
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from hotels import audit
from hotels.audit import Verb
from hotels.models import AuditEntry, Chain, ChainHead, Hotel, Invoice, Room, Seal
from hotels.seals import seal_books, sealing, verify
from tests.concurrency import in_thread, run_together
from tests.factories import HotelFactory, RoomFactory, UserFactory
from tests.hotels.billing.issued import completed, invoice_of
from tests.waiting import TIMEOUT

DAY = timedelta(days=1)


def order(chain: Chain = Chain.AUDIT) -> list[int]:
    return [*Seal.objects.filter(chain=chain).order_by("number").values_list("row_id", flat=True)]


def record(count: int, *, now: datetime) -> list[int]:
    rows = AuditEntry.objects.bulk_create(
        AuditEntry(at=now, via="API", verb="change", note=str(n)) for n in range(count)
    )
    return [row.pk for row in rows]


def test_entries_are_sealed_once_in_their_order(entries: list[AuditEntry], now: datetime) -> None:
    assert seal_books(now=now) == 3
    assert seal_books(now=now) == 0
    assert order() == [entry.pk for entry in entries]


def test_documents_of_sandbox_hotels_are_not_sealed(invoice: Invoice, now: datetime) -> None:
    """They may be deleted."""
    invoice_of(completed(HotelFactory(is_sandbox=True), 100))

    seal_books(now=now)

    assert order(Chain.DOCUMENTS) == [invoice.pk]
    assert verify(chain=Chain.DOCUMENTS).unsealed == 0


def test_documents_without_a_note_on_sandboxes_are_sealed(invoice: Invoice, now: datetime) -> None:
    """Such as documents of an earlier version."""
    fields = Invoice.objects.values().get(pk=invoice.pk)
    fields |= {"id": invoice.pk + 1, "sequence": 77, "number": "OLD-77", "seller": {"name": "A"}}
    Invoice.objects.create(**fields)

    seal_books(now=now)

    assert order(Chain.DOCUMENTS) == [invoice.pk, invoice.pk + 1]


def test_a_call_seals_batch_by_batch_up_to_its_limit(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    keys = record(8, now=now)

    assert seal_books(now=now, most=6) == 6
    assert seal_books(now=now, most=6) == 2
    assert order() == keys
    assert verify(chain=Chain.AUDIT).broken is None


def test_a_row_committed_late_is_sealed_by_the_next_call(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, *later = record(4, now=now)
    without_early = sealing.unsealed(Chain.AUDIT).exclude(pk=early)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "unsealed", lambda chain: without_early)
        seal_books(now=now)

    seal_books(now=now)

    assert order() == [*later, early]
    assert verify(chain=Chain.AUDIT).broken is None


def test_a_row_committed_much_later_is_sealed_at_night(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LOOK_BACK", 1)
    early, *later = record(4, now=now)
    without_early = sealing.unsealed(Chain.AUDIT).exclude(pk=early)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "unsealed", lambda chain: without_early)
        seal_books(now=now)

    assert seal_books(now=now) == 0
    assert verify(chain=Chain.AUDIT).unsealed == 1
    assert seal_books(now=now + DAY) == 1
    assert order() == [*later, early]


def test_a_crash_while_sealing_leaves_whole_batches(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    keys = record(8, now=now)
    save = ChainHead.save

    def crash(head: ChainHead, **options: object) -> None:
        if head.number == 6:
            raise KeyboardInterrupt
        save(head, **options)

    with monkeypatch.context() as patch:
        patch.setattr(ChainHead, "save", crash)
        with pytest.raises(KeyboardInterrupt):
            seal_books(now=now)
    assert order() == keys[:3]
    assert (verify(chain=Chain.AUDIT).broken, verify(chain=Chain.AUDIT).unsealed) == (None, 5)

    seal_books(now=now)

    assert order() == keys
    assert verify(chain=Chain.AUDIT).broken is None


def anchors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]


def test_the_anchor_is_logged_once_a_night_if_rows_were_sealed(
    entries: list[AuditEntry], now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="hotels.seals")

    for at in (now, now + timedelta(hours=1), now + DAY):
        seal_books(now=at)
    assert anchors(caplog) == [
        f"Anchor of the books: AUDIT:3:{Seal.objects.get(chain=Chain.AUDIT, number=3).digest}"
    ]

    record(1, now=now)
    seal_books(now=now + DAY)
    assert len(anchors(caplog)) == 1
    seal_books(now=now + 2 * DAY)
    assert anchors(caplog)[1].startswith("Anchor of the books: AUDIT:4:")


def test_with_nothing_to_seal_a_call_writes_nothing(
    entries: list[AuditEntry], now: datetime, queries_of
) -> None:
    seal_books(now=now)

    # Of each chain: the head, the newest key, and whether there is a row without a seal.
    assert queries_of(lambda: seal_books(now=now)) == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
class TestConcurrentWriters:
    """On SQLite only one transaction writes at a time."""

    @pytest.fixture
    def ana(self) -> User:
        return UserFactory()

    @pytest.fixture
    def room(self) -> Room:
        return RoomFactory()

    def test_an_entry_committed_after_a_later_one_is_sealed(
        self, ana: User, room: Room, now: datetime
    ) -> None:
        written, go_on = threading.Event(), threading.Event()

        def slow() -> int:
            with transaction.atomic():
                entry = audit.record(by=ana, verb=Verb.CHANGE, row=room, now=now)
                written.set()
                go_on.wait(TIMEOUT)
                return entry.pk

        first = in_thread(slow)
        assert written.wait(TIMEOUT)
        second = audit.record(by=ana, verb=Verb.CHANGE, row=room, now=now)
        seal_books(now=now)  # waits for nobody
        go_on.set()
        first_key = first.result(TIMEOUT)
        seal_books(now=now)

        assert first_key < second.pk
        assert order() == [second.pk, first_key]
        assert verify(chain=Chain.AUDIT).broken is None

    def test_two_ticks_seal_each_row_once_while_others_write(
        self, ana: User, room: Room, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sealing, "BATCH", 2)

        def write() -> int:
            for _ in range(8):
                audit.record(by=ana, verb=Verb.CHANGE, row=room, now=now)
            return 8

        def seal() -> int:
            return sum(seal_books(now=now) for _ in range(4))

        run_together(write, write, seal, seal)
        seal_books(now=now)

        result = verify(chain=Chain.AUDIT)
        assert (result.checked, result.unsealed, result.broken) == (16, 0, None)

    def test_sealing_keeps_no_writer_waiting(
        self, ana: User, room: Room, hotel: Hotel, now: datetime
    ) -> None:
        seal_books(now=now)
        audit.record(by=ana, verb=Verb.CHANGE, row=room, now=now)

        with transaction.atomic():
            seal_books(now=now)  # holds its locks until the end of the block
            other = in_thread(lambda: audit.record(by=ana, verb=Verb.CHANGE, row=room, now=now))
            assert other.result(TIMEOUT).pk
            assert in_thread(lambda: seal_books(now=now)).result(TIMEOUT) == 0
            assert connection.in_atomic_block
