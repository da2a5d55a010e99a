"""Hotel memberships of users, staff members and their shifts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


class Membership(HotelScoped):
    """A user's access to one hotel: the role decides what the user may do."""

    class Role(models.TextChoices):
        ADMIN = "ADMIN", _("administrator")
        MANAGER = "MANAGER", _("manager")
        FRONT_DESK = "FRONT_DESK", _("front desk")
        HOUSEKEEPING = "HOUSEKEEPING", _("housekeeping")
        MAINTENANCE = "MAINTENANCE", _("maintenance")
        VIEWER = "VIEWER", _("viewer")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("user"),
    )
    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("hotel")
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("user access")
        verbose_name_plural = pgettext_lazy("plural", "user access")
        ordering = ["hotel", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "hotel"], name="membership_once_per_hotel"),
            models.CheckConstraint(
                condition=Q(
                    role__in=[
                        "ADMIN",
                        "MANAGER",
                        "FRONT_DESK",
                        "HOUSEKEEPING",
                        "MAINTENANCE",
                        "VIEWER",
                    ]
                ),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(user)s, %(role)s at %(hotel)s") % {
            "user": self.user,
            "role": self.get_role_display(),
            "hotel": self.hotel,
        }


class StaffMember(HotelScoped):
    """A member of staff who can be assigned work, with or without a login."""

    class Role(models.TextChoices):
        HOUSEKEEPING = "HOUSEKEEPING", _("housekeeping")
        MAINTENANCE = "MAINTENANCE", _("maintenance")
        FRONT_DESK = "FRONT_DESK", _("front desk")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="staff", verbose_name=_("hotel")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="staff_profiles",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    credits_per_day = models.PositiveSmallIntegerField(
        _("credits per day"), default=420, help_text=_("Minutes of work per day.")
    )
    home_floor = models.SmallIntegerField(_("home floor"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff members")
        ordering = ["hotel", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["HOUSEKEEPING", "MAINTENANCE", "FRONT_DESK"]),
                name="staff_role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Shift(HotelScoped):
    """A staff member's work or leave on one date."""

    hotel_path = "staff__hotel"

    class Kind(models.TextChoices):
        WORK = "WORK", pgettext_lazy("shift", "work")
        LEAVE = "LEAVE", pgettext_lazy("shift", "leave")

    staff = models.ForeignKey(
        StaffMember, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("staff")
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.WORK)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["-date", "staff"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "date"], name="shift_once_per_day"),
            models.CheckConstraint(
                condition=Q(kind__in=["WORK", "LEAVE"]), name="shift_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff}, {self.get_kind_display()}, {formats.date_of(self.date)}"
