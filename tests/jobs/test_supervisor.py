"""The supervisor of worker processes, in a process of its own, as it forks and gets signals."""

import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

# The signal comes when a process has ended and the next one has not begun.
STOPPED_BETWEEN = """
import os, runpy, signal
Supervisor = runpy.run_path("jobs/worker/supervisor.py")["Supervisor"]

class Stopped(Supervisor):
    def _start_again(self, **more):
        os.kill(os.getpid(), signal.SIGTERM)
        super()._start_again(**more)

raise SystemExit(Stopped(processes=1, work=lambda parent: 1).run())
"""
# The signal comes when the system knows a process no more, but the supervisor does.
STOPPED_BEFORE = """
import os, runpy, signal
Supervisor = runpy.run_path("jobs/worker/supervisor.py")["Supervisor"]
waitpid = os.waitpid

def ended(pid, options):
    found = waitpid(pid, options)
    os.kill(os.getpid(), signal.SIGTERM)
    return found

os.waitpid = ended
raise SystemExit(Supervisor(processes=1, work=lambda parent: 0).run())
"""


@pytest.mark.parametrize("script", [STOPPED_BETWEEN, STOPPED_BEFORE])
def test_a_signal_while_a_process_is_replaced_stops_cleanly(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert done.returncode == 0
