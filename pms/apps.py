"""The admin, with the console's site."""

from django.contrib.admin.apps import AdminConfig


class ConsoleAdminConfig(AdminConfig):
    """`django.contrib.admin` with `ConsoleSite` as its site."""

    default_site = "pms.admin_site.ConsoleSite"
