"""Checks for an endpoint that may listen to the events of a hotel, also within other statements."""

from hotels.prepared import prepared_cursor


def may_listen(*, hotel: str) -> str:
    """An SQL condition, true if `publish` might store an event of the hotel in the column `hotel`.

    A person's endpoint counts in every hotel: `publish` reads which ones it covers. To read this
    together with something else saves each execution a query.
    """
    return (  # a column of our own code, no data
        "EXISTS (SELECT 1 FROM hotels_webhookendpoint endpoint"  # noqa: S608
        f" WHERE endpoint.hotel_id = {hotel} OR endpoint.hotel_id IS NULL)"
    )


_MAY_BE_HEARD = f"SELECT {may_listen(hotel='hotel.id')} FROM hotels_hotel hotel WHERE hotel.id = %s"  # noqa: S608  a column of our own code


def may_be_heard(*, hotel_id: int) -> bool:
    """True if `publish` might store an event of the hotel: most hotels have no endpoint.

    One query, cheaper than those of `publish`, and no event has to be made for it.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_MAY_BE_HEARD, [hotel_id])
        row = cursor.fetchone()
    return bool(row and row[0])
