"""The housekeeping board."""
