"""Checks for endpoints that may listen to the events of a hotel."""

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


_IN_ONE_HOTEL = f"SELECT {may_listen(hotel='%s')}"


def hotel_may_be_heard(hotel_id: int) -> bool:
    """Return False if no endpoint listens to this hotel, so that `publish` has nothing to store."""
    with prepared_cursor() as cursor:
        cursor.execute(_IN_ONE_HOTEL, [hotel_id])
        return bool(cursor.fetchone()[0])
