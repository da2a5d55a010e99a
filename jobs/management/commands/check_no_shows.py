from jobs.commands import JobCommand


class Command(JobCommand):
    job = "check-no-shows"
