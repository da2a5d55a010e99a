"""Demo data: a group of four hotels with bookings around today, and two users."""
