"""The machine's crontab: which lines it needs, and how they are installed."""
