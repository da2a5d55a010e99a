"""The app `jobs`: doing work for hotels."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Finds the jobs and tells cron about them."""

    name = "jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        """Register the services, the system checks, and the crontab lines made of them."""
        from jobs import registry

        registry.discover()
