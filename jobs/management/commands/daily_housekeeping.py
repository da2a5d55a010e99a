from jobs.commands import JobCommand


class Command(JobCommand):
    job = "daily-housekeeping"
