"""Replays days of a hotel's file of bookings, with the jobs at their local hours."""
