"""Sealing of new audit entries and documents, after they are committed."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from hotels.models import Chain, ChainHead, Seal
from hotels.seals.content import NEWEST_VERSION, digest_of, read, unsealed

BATCH = 500
MOST = 10_000  # rows of a chain sealed by one call
# A transaction may commit a row after rows with higher keys are sealed. Each call looks for such
# rows among this many keys, the one that writes the anchor among all.
LOOK_BACK = 5_000
_log = logging.getLogger(__name__)


def seal_books(*, now: datetime, most: int = MOST) -> int:
    """Seal committed rows without a seal, and log the anchor once per UTC date; returns how many.

    `now` is the real time, also for documents of another effective time. At most about `most` rows
    of each chain are sealed; the next call continues. Rows that another process is sealing are left
    to it. A crash leaves whole batches: no seal without its row, no gap.
    """
    return sum(_seal_chain(chain, now=now, most=most) for chain in Chain)


def _seal_chain(chain: Chain, *, now: datetime, most: int) -> int:
    head = ChainHead.objects.filter(pk=chain).first()
    search_all = head is None or _anchor_is_due(head, now=now)
    newest = Seal.objects.filter(chain=chain).aggregate(newest=Max("row_id"))["newest"] or 0
    after = 0 if search_all else newest - LOOK_BACK
    sealed = 0
    while sealed < most and unsealed(chain).filter(pk__gt=after).exists():
        count = _seal_batch(chain, after=after, now=now)
        if not count:
            break
        sealed += count
    if search_all:
        _anchor(chain, now=now)
    return sealed


@transaction.atomic
def _seal_batch(chain: Chain, *, after: int, now: datetime) -> int:
    head = _locked_head(chain)
    if head is None:
        return 0
    keys = list(unsealed(chain).filter(pk__gt=after).values_list("pk", flat=True)[:BATCH])
    contents = read(chain=chain, keys=keys, version=NEWEST_VERSION)
    seals = []
    for key in keys:
        seal = Seal(
            chain=chain,
            number=head.number + 1,
            row_id=key,
            version=NEWEST_VERSION,
            references=contents[key].references,
            sealed_at=now,
        )
        seal.digest = digest_of(seal=seal, previous=head.digest, content=contents[key])
        head.number, head.digest = seal.number, seal.digest
        seals.append(seal)
    Seal.objects.bulk_create(seals)
    head.save(update_fields=["number", "digest"])
    return len(seals)


def _locked_head(chain: Chain) -> ChainHead | None:
    """The head of the chain, locked; None while another process is sealing."""
    ChainHead.objects.get_or_create(pk=chain)
    return ChainHead.objects.locked(skip_locked=True).filter(pk=chain).first()


def _anchor_is_due(head: ChainHead, *, now: datetime) -> bool:
    return head.anchored_date is None or head.anchored_date < now.date()


@transaction.atomic
def _anchor(chain: Chain, *, now: datetime) -> None:
    """Log the newest seal, if it is a new one: a copy in the log that the database cannot change.

    The transaction is short; a crash before its end logs the same anchor again.
    """
    head = _locked_head(chain)
    if head is None or not _anchor_is_due(head, now=now):
        return
    head.anchored_date = now.date()
    if head.number > head.anchored_number:
        head.anchored_number = head.number
        _log.info("Anchor of the books: %s:%s:%s", chain.value, head.number, head.digest)
    head.save(update_fields=["anchored_number", "anchored_date"])
