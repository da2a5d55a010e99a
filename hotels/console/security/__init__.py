"""The user's own page: password, sessions and API tokens."""
