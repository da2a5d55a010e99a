"""The system checks that run before a job command or the tick.

Django's full set loads the URLconf and the API schema. A process that cron starts needs neither,
and would spend a third of its CPU time on them. `manage.py check` still runs every check.
"""

from django.core.checks import Tags

JOBS_TAG = "jobs"
REQUIRED_BY_JOBS = (JOBS_TAG, Tags.database)
