"""Refusals of a manager's decision about a no-show. Each message is one sentence for the user."""


class ReversalRefused(Exception):
    """The decision does not fit the record's current state."""


class NoRoomAvailable(ReversalRefused):
    """The guest cannot be reinstated: on some night no room of the booked type is available."""
