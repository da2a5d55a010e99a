"""A condition for other statements: an endpoint may listen to the events of a hotel."""


def may_listen(*, hotel: str) -> str:
    """An SQL condition, true if `publish` might store an event of the hotel in the column `hotel`.

    A person's endpoint counts in every hotel: `publish` reads which ones it covers. To read this
    together with something else saves each execution a query.
    """
    return (  # a column of our own code, no data
        "EXISTS (SELECT 1 FROM hotels_webhookendpoint endpoint"  # noqa: S608
        f" WHERE endpoint.hotel_id = {hotel} OR endpoint.hotel_id IS NULL)"
    )
