"""Worker processes: they take messages from the queue and work what these ask for.

`Supervisor` keeps some processes running; each runs `work_until_stopped`.
"""

from jobs.worker.process import work_until_stopped
from jobs.worker.supervisor import Supervisor

__all__ = ["Supervisor", "work_until_stopped"]
