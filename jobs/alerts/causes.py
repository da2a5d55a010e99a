"""Causes of failures: the first line of an error, without numbers and names."""

import hashlib
import re

CAUSE_KEPT = 160
_VARIABLE = re.compile(r"""'[^']*'|"[^"]*"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\d+""")


def cause_of(error: str) -> str:
    """Return the first line of an error, shortened."""
    lines = error.strip().splitlines()
    return lines[0][:CAUSE_KEPT] if lines else ""


def group_of_failure(job_name: str, error: str) -> str:
    """Return the group of a failure: the same for the same job and cause, in any hotel.

    Numbers and quoted texts, which differ from hotel to hotel, make no difference.
    """
    words = _VARIABLE.sub("#", cause_of(error))
    digest = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{job_name}:{digest}"
