"""The page of a message, and the actions on it."""
