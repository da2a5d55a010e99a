"""Labels of result fields and kinds of changes, as declared by the jobs."""

import re
from collections.abc import Mapping

from django.utils.text import capfirst

from jobs import registry
from jobs.result_fields import ResultField

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def field_label(key: str, *, fields: Mapping[str, ResultField]) -> str:
    """The declared label of a result's key; for others the key itself, `towelsFolded` as text."""
    declared = fields.get(key)
    label = str(declared.label) if declared else ""
    return label or capfirst(_WORD_START.sub(" ", key).lower())


def kind_label(kind: str, *, job_name: str = "") -> str:
    """The plural label of a kind of change: that of the job, else of any job, else the kind."""
    jobs = sorted(registry.all_jobs(), key=lambda job: job.name != job_name)
    labels = (job.result_class.change_labels.get(kind) for job in jobs)
    return str(next((label for label in labels if label), kind))
