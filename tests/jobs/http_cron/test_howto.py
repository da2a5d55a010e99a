"""docs/howto/external-cron.md agrees with the jobs."""

import json
import re
from pathlib import Path

from jobs import registry
from tests.jobs import contract

PAGE = (Path(__file__).parents[3] / "docs/howto/external-cron.md").read_text()


def test_every_path_on_the_page_is_a_job() -> None:
    names = set(re.findall(r"/api/cron/([a-z-]+)", PAGE))

    assert names
    assert all(registry.get(name) for name in names)


def test_the_table_has_the_jobs_of_the_contract_with_alias_and_schedule() -> None:
    rows = re.findall(r"^\| `([a-z-]+)`(?:, also `([a-z-]+)`)? \| `(.+)` \|$", PAGE, re.MULTILINE)

    told = {name: ((other,) if other else (), schedule) for name, other, schedule in rows}
    jobs = {job.name: (job.aliases, job.schedule) for job in registry.all_jobs()}
    assert set(contract.SCHEDULES) <= set(told)
    assert jobs == jobs | told


def test_the_json_examples_are_valid() -> None:
    examples = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)

    assert [sorted(json.loads(example))[0] for example in examples] == ["done", "crons"]
