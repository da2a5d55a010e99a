"""Replay of a hotel's booking file day by day, with the jobs at their local hours."""
