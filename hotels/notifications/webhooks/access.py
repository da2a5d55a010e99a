"""Access to webhook endpoints: those of hotels, and a user's own for all of their hotels."""

from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser

from hotels.models import Hotel, Message, WebhookEndpoint
from hotels.models.messages import MessageQuerySet
from hotels.models.scoping import HotelScoped, HotelScopedQuerySet
from hotels.models.webhook_endpoint import WebhookEndpointQuerySet
from hotels.roles import Access, Action, access_of, may

HotelRow = TypeVar("HotelRow", bound=HotelScoped)


def endpoints_of(
    *, user: AbstractBaseUser, access: Access, personal: bool = True
) -> WebhookEndpointQuerySet:
    """Return the endpoints the user manages: of their hotels and, if `personal`, their own.

    A token limited to some hotels must not be `personal`: the user's own endpoints send the events
    of all of the user's hotels.
    """
    rows = WebhookEndpoint.objects.all()
    if access.everywhere:
        return rows
    found = rows.filter(hotel_id__in=access.hotel_ids(action=Action.INTEGRATE))
    return found | rows.filter(hotel=None, owner_id=user.pk) if personal else found


def deliveries_of(
    *, user: AbstractBaseUser, access: Access, personal: bool = True
) -> MessageQuerySet:
    """Return the messages to these endpoints, as far as they are about hotels the user manages."""
    rows = Message.objects.filter(channel=Message.Channel.WEBHOOK)
    if access.everywhere:
        return rows
    hotels = access.hotel_ids(action=Action.INTEGRATE)
    own = endpoints_of(user=user, access=access, personal=personal).values("pk")
    of_hotels = rows.filter(endpoint__in=own, hotel_id__in=hotels)
    # A test event of an own endpoint is about no hotel.
    return of_hotels | rows.filter(endpoint__in=own, hotel=None) if personal else of_hotels


def covers(endpoint: WebhookEndpoint, *, hotel: Hotel) -> bool:
    """Return whether the endpoint gets events of the hotel: its own, or one its owner manages."""
    if endpoint.owner is None:
        return endpoint.hotel_id == hotel.pk
    return may(user=endpoint.owner, action=Action.INTEGRATE, hotel=hotel)


def covered(
    endpoint: WebhookEndpoint, rows: HotelScopedQuerySet[HotelRow]
) -> HotelScopedQuerySet[HotelRow]:
    """Return the rows of the hotels whose events the endpoint gets."""
    if endpoint.owner is None:
        return rows.filter(hotel_id=endpoint.hotel_id)
    return access_of(endpoint.owner).narrow(rows, action=Action.INTEGRATE)
