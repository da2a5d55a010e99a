"""Uses the generated client: `use_client.py URL TOKEN FOLDER`; prints the outcome as JSON."""

import json
import sys

url, token, folder = sys.argv[1:]
sys.path.insert(0, folder)

from hotel_client.api.jobs import list_jobs, trigger_job
from hotel_client.client import AuthenticatedClient
from hotel_client.models import ListJobsJobName, ListJobsStatus, Trigger

JOB = ListJobsJobName("check-no-shows")
client = AuthenticatedClient(base_url=url, token=token, prefix="Token")
before = list_jobs.sync(client=client, job_name=JOB)
outcome = trigger_job.sync("check-no-shows", client=client, body=Trigger(dry_run=False))
after = list_jobs.sync(client=client, job_name=JOB, status=ListJobsStatus.COMPLETED)
print(
    json.dumps(
        {
            "before": before.total,
            "success": outcome.success,
            "job": outcome.job_name,
            "status": outcome.job.status,
            "noShows": outcome.job.metadata["noShowsDetected"],
            "after": after.total,
        }
    )
)
