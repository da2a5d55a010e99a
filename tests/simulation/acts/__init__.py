"""What guests and staff do: each act changes the database and the oracle's books."""
