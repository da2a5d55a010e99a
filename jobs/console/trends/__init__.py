"""How the jobs went day by day: success, durations, and what they did."""
