"""The machine's crontab: the lines of the jobs, and how they are installed."""
