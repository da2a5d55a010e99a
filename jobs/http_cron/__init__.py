"""Cron over HTTP: `GET` or `POST /api/cron/{jobName}` with a secret works the current slot.

Callers differ in method, body and patience, and come twice; see docs/howto/external-cron.md.
"""
