"""A demo group of four hotels whose books give every job something to do."""
