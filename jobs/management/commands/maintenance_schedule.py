from jobs.commands import JobCommand


class Command(JobCommand):
    job = "maintenance-schedule"
