"""Take the text of exceptions out of the columns that everybody reads.

It may contain rows of other hotels. It stays in the traceback, which superusers see; there is
nothing to bring back.
"""

import re

from django.db import migrations

# As crashes were stored: "IntegrityError: duplicate key …", and the same at the start of the words.
CRASH = re.compile(r"([A-Za-z_]\w*)(?:: |$)", re.ASCII)
BATCH = 500


def take_out(apps, schema_editor):
    """Replace the error, and the words with what follows in parentheses on the next attempt."""
    executions = apps.get_model("jobs", "JobExecution").objects.using(schema_editor.connection.alias)
    crashed = executions.filter(failure_kind__in=("errored", "timed_out")).exclude(traceback="")
    changed = []
    for row in crashed.only("pk", "error", "words").order_by("pk").iterator(chunk_size=BATCH):
        kind = CRASH.match(row.error)
        if kind is None:
            continue
        following = re.search(r" \(attempt \d+ after [\d:]+ UTC\)$", row.words)
        row.error = f"Unexpected error ({kind[1]})."
        row.words = row.error + (following[0] if following else "")
        changed.append(row)
        if len(changed) == BATCH:
            executions.bulk_update(changed, ["error", "words"])
            changed = []
    executions.bulk_update(changed, ["error", "words"])


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0015_cron_refusals_counted_in_hotels"),
    ]

    operations = [migrations.RunPython(take_out, migrations.RunPython.noop, elidable=True)]
