"""Django app `hotels`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# By the values of `Message.Channel`; models cannot be imported here.
CHANNELS = {
    "chat": "hotels.notifications.chat.channel.AppriseChannel",
    "email": "hotels.notifications.email.channel.EmailChannel",
    "webhook": "hotels.notifications.webhooks.channel.WebhookChannel",
}


class HotelsConfig(AppConfig):
    """Hotels: rooms, bookings, staff, billing and the pages to work with them."""

    name = "hotels"
    verbose_name = _("Hotels")

    def ready(self) -> None:
        """Register the channels on which messages are sent."""
        from hotels.notifications.delivery import register_channel_class

        for name, path in CHANNELS.items():
            register_channel_class(name=name, path=path)
