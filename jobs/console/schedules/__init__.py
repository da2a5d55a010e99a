"""Schedules: what is in effect for each job in each hotel, with a switch to pause it."""
