"""Alert rules, and the alerts they open."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels.models import ChatChannel, Hotel
from hotels.models.locking import LockableQuerySet
from hotels.models.scoping import HotelScoped


class AlertKind(models.TextChoices):
    """The condition that a rule watches."""

    FAILED = "failed", _("A job failed")
    PROBLEMS = "problems", _("A job completed with problems")
    LATE = "late", _("A job is late or was missed")
    SLOW = "slow", _("A job was slow")
    TICK = "tick", _("The tick was silent")
    WORKER = "worker", _("Workers are missing or stuck")
    OUTBOX = "outbox", _("Messages wait or failed")
    OVERBOOKED = "overbooked", _("A hotel is overbooked")
    UNASSIGNED = "unassigned", _("Cleaning tasks are unassigned")
    INVOICES = "invoices", _("Invoices are stuck")
    DIGEST = "digest", _("Morning digest")


# Kinds about one job of a hotel: the rule can name the jobs.
JOB_KINDS = (AlertKind.FAILED, AlertKind.PROBLEMS, AlertKind.LATE, AlertKind.SLOW)


class AlertRule(models.Model):
    """A condition of which a person wants to hear, with its hotels, thresholds and targets.

    It covers only hotels that its owner manages at the time; `all_hotels` covers all of them. An
    alert opens once `open_at` hotels are concerned, and closes `close_after` minutes after the last
    one has recovered. `language` and `site` are those of the request that stored the rule.
    """

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        editable=False,
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("alert when"), max_length=12, choices=AlertKind.choices)
    enabled = models.BooleanField(_("enabled"), default=True)
    all_hotels = models.BooleanField(_("all hotels that I manage, now or later"), default=False)
    hotels = models.ManyToManyField(Hotel, blank=True, related_name="+", verbose_name=_("hotels"))
    jobs = models.JSONField(_("jobs"), default=list, blank=True)
    times = models.PositiveSmallIntegerField(
        _("failures in a row"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    factor = models.DecimalField(
        _("times its 95th percentile"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(3),
        validators=[MinValueValidator(Decimal("1.1")), MaxValueValidator(Decimal(100))],
    )
    minutes = models.PositiveIntegerField(
        _("for more than (minutes)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 30)],
    )
    open_at = models.PositiveSmallIntegerField(
        _("hotels at least"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
    )
    close_after = models.PositiveSmallIntegerField(
        _("closes after (minutes)"), default=0, validators=[MaxValueValidator(24 * 60)]
    )
    recovery = models.BooleanField(_("also say when it has recovered"), default=True)
    critical = models.BooleanField(_("critical: also in quiet hours"), default=False)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    emails = models.JSONField(_("e-mail addresses"), default=list, blank=True)
    channels = models.ManyToManyField(
        ChatChannel, blank=True, related_name="+", verbose_name=_("channels")
    )
    escalate_after = models.PositiveSmallIntegerField(
        _("escalate after (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 60)],
    )
    escalation_emails = models.JSONField(_("escalate to"), default=list, blank=True)
    escalation_channels = models.ManyToManyField(
        ChatChannel, blank=True, related_name="+", verbose_name=_("escalate to channels")
    )
    digest_at = models.TimeField(_("digest at"), null=True, blank=True)
    last_digest_date = models.DateField(_("last digest"), null=True, editable=False)
    language = models.CharField(_("language"), max_length=10, default="en", editable=False)
    site = models.CharField(_("address of the site"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """A condition that lasts, in one hotel or many; the alerts of a rule differ by `group`.

    At most one alert of a rule and group is open.
    """

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    rule = models.ForeignKey(
        AlertRule, on_delete=models.CASCADE, related_name="alerts", verbose_name=_("rule")
    )
    group = models.CharField(_("group"), max_length=120)
    job_name = models.CharField(_("job"), max_length=60, blank=True)
    cause = models.CharField(_("cause"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    well_since = models.DateTimeField(_("well since"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    acknowledged_by_name = models.CharField(_("acknowledged by"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True)

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "group"],
                condition=Q(closed_at__isnull=True),
                name="alert_open_once_per_group",
            ),
        ]
        indexes = [models.Index(fields=["rule", "-opened_at"], name="alert_of_rule")]

    def __str__(self) -> str:
        return f"{self.rule} #{self.pk}"

    @property
    def is_open(self) -> bool:
        """True while the condition lasts."""
        return self.closed_at is None


class AlertPart(HotelScoped):
    """One hotel of an alert, with the execution that shows it; pruned executions leave the number.

    `recovered_at` is None while the hotel is concerned.
    """

    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, related_name="parts", verbose_name=_("alert")
    )
    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="+", verbose_name=_("hotel")
    )
    execution_id = models.BigIntegerField(_("execution"), null=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    since = models.DateTimeField(_("since"))
    recovered_at = models.DateTimeField(pgettext_lazy("alert", "recovered at"), null=True)

    class Meta:
        verbose_name = _("hotel of an alert")
        verbose_name_plural = _("hotels of alerts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "hotel"], name="alert_hotel_once"),
        ]
        indexes = [models.Index(fields=["execution_id"], name="alert_of_execution")]
