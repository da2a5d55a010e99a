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
        """Register roles, audit verbs, what changes of hotels need, and jobs; fill CRONJOBS."""
        from jobs import audit_verbs as audit_verbs  # all import models, which are loaded now
        from jobs import roles as roles
        from jobs.alerts import events as events
        from jobs.scheduling import hotel_changes as hotel_changes

        registry.discover()
        settings.CRONJOBS = lines.cronjobs()
