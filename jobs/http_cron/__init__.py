"""Cron over HTTP: `GET` or `POST /api/cron/{jobName}` with a secret runs the current slot.

Schedulers differ in method, body and timeout, and may send a call twice; see
docs/howto/external-cron.md.
"""
