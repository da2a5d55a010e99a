"""The app `hotels`: what a hotel is."""

from django.apps import AppConfig


class HotelsConfig(AppConfig):
    """Hotels, their books, their people; knows nothing of jobs."""

    name = "hotels"
    verbose_name = "Hotels"
