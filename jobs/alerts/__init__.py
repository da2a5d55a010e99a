"""Alerts: rules are evaluated by the tick, from what the database holds."""
