"""Alerts: rules are evaluated by the tick, from what the database holds."""

from jobs.alerts.digest import send_digests
from jobs.alerts.evaluation import Evaluated, evaluate

__all__ = ["Evaluated", "evaluate", "send_digests"]
