"""The app `hotels`: what a hotel is."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HotelsConfig(AppConfig):
    """Hotels, their books, their people; knows nothing of jobs."""

    name = "hotels"
    verbose_name = _("Hotels")
