"""Errors of actions that users ask for."""


class ActionRefused(Exception):
    """The action does not fit the row's current state. The message is one sentence for the user."""
