"""Acts of guests and staff: each changes the database and the oracle's books."""
