from jobs.cli.job_command import JobCommand


class Command(JobCommand):
    job = "maintenance-schedule"
