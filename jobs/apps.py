"""The app `jobs`."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from jobs import checks as checks  # registers the system checks
from jobs import registry
from jobs.crontab import lines


class JobsConfig(AppConfig):
    """Register the jobs, the system checks and the crontab lines."""

    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Register the services, and make CRONJOBS of what is registered."""
        registry.discover()
        settings.CRONJOBS = lines.cronjobs()
