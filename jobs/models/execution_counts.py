"""Stored numbers of executions, so that no page counts millions of rows (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from hotels.models.locking import LockableQuerySet

# Executions with the keys 0 to 999 are block 0, the next thousand block 1. Few enough to be read
# in a millisecond, enough that there are a thousand times fewer blocks than executions.
BLOCK_SIZE = 1000


def in_blocks(blocks: Iterable[int]) -> Q:
    """The condition that a key is in one of the blocks: a range for consecutive ones."""
    ranges: list[list[int]] = []
    for block in sorted(blocks):
        if ranges and ranges[-1][1] == block:
            ranges[-1][1] = block + 1
        else:
            ranges.append([block, block + 1])
    found = Q(pk__in=[])
    for first, end in ranges:
        found |= Q(pk__gte=first * BLOCK_SIZE, pk__lt=end * BLOCK_SIZE)
    return found


class ExecutionCounter(models.Model):
    """The single row that says which blocks are counted: those before `end`, but for `left_out`.

    In a block that was left out an execution waited or ran when it was looked at. No transaction
    begun before `seen_transaction` can still store an execution in a block before `seen_end`, once
    all of these have ended.
    """

    KEY = 1

    end = models.PositiveBigIntegerField(default=0)
    left_out = models.JSONField(default=list)
    seen_end = models.PositiveBigIntegerField(default=0)
    seen_transaction = models.PositiveBigIntegerField(default=0)

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("counter of executions")
        verbose_name_plural = _("counters of executions")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="execution_counter_only_one")]

    def __str__(self) -> str:
        return f"counted up to block {self.end}"

    @property
    def counted(self) -> Q:
        """The condition that an execution is in a counted block."""
        before = Q(pk__lt=self.end * BLOCK_SIZE)
        return before & ~in_blocks(self.left_out) if self.left_out else before

    @property
    def uncounted(self) -> Q:
        """The condition that an execution is not in a counted block."""
        after = Q(pk__gte=self.end * BLOCK_SIZE)
        return after | in_blocks(self.left_out) if self.left_out else after

    @classmethod
    def read(cls) -> ExecutionCounter:
        """Return the row; one that counted nothing before the first count."""
        return cls.objects.filter(pk=cls.KEY).first() or cls(pk=cls.KEY)

    @classmethod
    def lock(cls) -> ExecutionCounter:
        """Return the row, locked until the transaction ends.

        Whatever counts executions or deletes them locks it first.
        """
        row, _created = cls.objects.locked().get_or_create(pk=cls.KEY)
        return row


class CountedGroup(models.Model):
    """Base of stored numbers: of a job, a source, a status, and with problems or without."""

    job_name = models.CharField(_("job name"), max_length=60)
    trigger = models.CharField(_("started by"), max_length=9)
    status = models.CharField(_("status"), max_length=9)
    has_problems = models.BooleanField(_("with problems"))
    number = models.PositiveIntegerField(_("number of executions"))

    class Meta:
        abstract = True


class BlockCount(CountedGroup):
    """The executions of one block, created from `first_created_at` to `last_created_at`.

    `timed` of them completed or failed after they were started, and took `took` together.
    """

    block = models.PositiveBigIntegerField(_("block"))
    first_created_at = models.DateTimeField(_("first created at"))
    last_created_at = models.DateTimeField(_("last created at"))
    timed = models.PositiveIntegerField(_("with a duration"))
    took = models.DurationField(_("durations"), default=timedelta)

    class Meta:
        verbose_name = _("executions of a block")
        verbose_name_plural = _("executions of blocks")
        constraints = [
            models.UniqueConstraint(
                fields=["block", "job_name", "trigger", "status", "has_problems"],
                name="block_count_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.job_name} in block {self.block}"


class HotelCount(CountedGroup):
    """The executions of one hotel in all counted blocks."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("hotel")
    )

    class Meta:
        verbose_name = _("executions of a hotel")
        verbose_name_plural = _("executions of hotels")
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "job_name", "trigger", "status", "has_problems"],
                name="hotel_count_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.job_name} in hotel {self.hotel_id}"
