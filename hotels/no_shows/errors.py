"""Why a person's decision about a no-show is refused. Each message is one sentence for a person."""


class ReversalRefused(Exception):
    """What was asked does not fit the record as it stands."""


class NoRoomLeft(ReversalRefused):
    """The guest cannot be taken back: on some night no room of the type is left."""
