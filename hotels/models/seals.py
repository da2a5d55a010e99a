"""Seals of audit entries and issued documents, each with a digest over the one before it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models.locking import LockableQuerySet

DIGEST_LENGTH = 64  # hexadecimal digits of SHA-256


class Chain(models.TextChoices):
    """The chains of seals: one over all audit entries, one over all issued documents."""

    AUDIT = "AUDIT", _("audit trail")
    DOCUMENTS = "DOCUMENTS", _("issued documents")


class Seal(models.Model):
    """The seal of one audit entry or document; triggers refuse to change or delete it.

    `digest` is the SHA-256 over the content of the row, this seal and the digest of the seal before
    it. `number` counts from 1 without gaps. `row_id` is the key of the row, without a foreign key:
    the seal outlives a deleted row. `version` is the list of columns in the digest; `references`
    are keys in the row that are cleared when their objects are deleted.
    """

    chain = models.CharField(max_length=9, choices=Chain.choices)
    number = models.PositiveBigIntegerField()
    row_id = models.BigIntegerField()
    version = models.PositiveSmallIntegerField()
    references = models.JSONField(default=dict)
    digest = models.CharField(max_length=DIGEST_LENGTH)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="seal_number_once"),
            models.UniqueConstraint(fields=["chain", "row_id"], name="seal_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"


class ChainHead(models.Model):
    """The newest seal of a chain; locked while rows are sealed.

    `anchored_number` is the newest seal in the log, `anchored_date` the UTC date of its line.
    """

    chain = models.CharField(max_length=9, choices=Chain.choices, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    anchored_number = models.PositiveBigIntegerField(default=0)
    anchored_date = models.DateField(null=True, blank=True)

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("head of a chain of seals")
        verbose_name_plural = _("heads of chains of seals")

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"
