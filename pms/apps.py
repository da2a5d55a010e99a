"""The admin, with the console's site."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class ConsoleAdminConfig(SimpleAdminConfig):
    """`django.contrib.admin` with `ConsoleSite` as its site.

    The URLconf registers the models, not the start of a process: a process that cron starts needs
    no admin, and spent a third of its CPU time on importing it.
    """

    default_site = "pms.admin_site.ConsoleSite"

    def ready(self) -> None:
        """Register the admin's checks, which register the models first; turn on traces."""
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT or settings.SENTRY_DSN:
            from pms import reporting  # only where it is on

            reporting.set_up()
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(_check_registered_models, checks.Tags.admin)


def _check_registered_models(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    autodiscover()
    return check_admin_app(app_configs, **kwargs)
