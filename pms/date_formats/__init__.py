"""Date and time formats of the admin, the same as those of `hotels.formats`, by language."""
