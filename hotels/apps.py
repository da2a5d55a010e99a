"""Django app `hotels`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HotelsConfig(AppConfig):
    """Hotels: rooms, bookings, staff, billing and the pages to work with them."""

    name = "hotels"
    verbose_name = _("Hotels")

    def ready(self) -> None:
        """Register the channels on which messages are sent."""
        from hotels.notifications.chat.channel import AppriseChannel
        from hotels.notifications.delivery import register_channel
        from hotels.notifications.email.channel import EmailChannel
        from hotels.notifications.webhooks.channel import WebhookChannel

        register_channel(AppriseChannel())
        register_channel(EmailChannel())
        register_channel(WebhookChannel())
