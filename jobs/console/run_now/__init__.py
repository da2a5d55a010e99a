"""Run now: choose hotels, preview, confirm, watch."""
