"""Who works in a hotel and who may see it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


class Membership(HotelScoped):
    """What a user may do in one hotel."""

    class Role(models.TextChoices):
        ADMIN = "ADMIN", "administrator"
        MANAGER = "MANAGER", "manager"
        FRONT_DESK = "FRONT_DESK", "front desk"
        HOUSEKEEPING = "HOUSEKEEPING", "housekeeping"
        MAINTENANCE = "MAINTENANCE", "maintenance"
        VIEWER = "VIEWER", "viewer"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    active = models.BooleanField(default=True)

    class Meta:
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
        return f"{self.user} is {self.get_role_display()} of {self.hotel}"


class StaffMember(HotelScoped):
    """A person who can be given work, with or without a login."""

    class Role(models.TextChoices):
        HOUSEKEEPING = "HOUSEKEEPING", "housekeeping"
        MAINTENANCE = "MAINTENANCE", "maintenance"
        FRONT_DESK = "FRONT_DESK", "front desk"

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="staff")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="staff_profiles",
    )
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role.choices)
    credits_per_day = models.PositiveSmallIntegerField(
        default=420, help_text="Capacity in minutes of work a day."
    )
    home_floor = models.SmallIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
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
    """One person's work or leave on one date."""

    hotel_path = "staff__hotel"

    class Kind(models.TextChoices):
        WORK = "WORK", "work"
        LEAVE = "LEAVE", "leave"

    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="shifts")
    date = models.DateField()
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.WORK)

    class Meta:
        ordering = ["-date", "staff"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "date"], name="shift_once_per_day"),
            models.CheckConstraint(
                condition=Q(kind__in=["WORK", "LEAVE"]), name="shift_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.kind} {self.date}"
