"""The page of wall screens."""
