"""Run now: choose hotels, preview the changes, confirm, follow the progress."""
