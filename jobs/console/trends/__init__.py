"""Trends page: daily success rate, durations and results of the jobs."""
