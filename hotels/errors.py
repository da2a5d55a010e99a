"""What a person asked for and cannot have."""


class ActionRefused(Exception):
    """It does not fit the row as it stands. The message is one sentence for that person."""
