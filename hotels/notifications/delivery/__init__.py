"""Delivery of the outbox: claim what is due, send it, record what the receiver answered."""

from hotels.notifications.delivery.channels import (
    Answer,
    Channel,
    Send,
    Unsendable,
    channels,
    register_channel,
    register_channel_class,
)
from hotels.notifications.delivery.sender import Delivered, deliver_due

__all__ = [
    "Answer",
    "Channel",
    "Delivered",
    "Send",
    "Unsendable",
    "channels",
    "deliver_due",
    "register_channel",
    "register_channel_class",
]
