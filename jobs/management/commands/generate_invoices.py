from jobs.commands import JobCommand


class Command(JobCommand):
    job = "generate-invoices"
