"""Groups of hotels, such as a chain."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotels.text import refuse_unprintable


class HotelGroup(models.Model):
    """Hotels that belong together, such as those of a chain.

    Each group gets its turn when jobs wait for workers. `hotels_at_once` is in how many of its
    hotels the workers may run jobs at the same time, None for any number.
    """

    name = models.CharField(_("name"), max_length=120, unique=True, validators=[refuse_unprintable])
    hotels_at_once = models.PositiveSmallIntegerField(
        _("hotels at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "In how many of its hotels workers may run jobs at the same time. Empty: no limit."
        ),
    )

    class Meta:
        verbose_name = _("hotel group")
        verbose_name_plural = _("hotel groups")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hotels_at_once__gte=1), name="hotel_group_limit_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name
