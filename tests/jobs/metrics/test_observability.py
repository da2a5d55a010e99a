"""The dashboard and the alert rules of docs/observability name metrics that /metrics has."""

import json
import re
import shutil
import subprocess

import pytest
from django.conf import settings

from jobs.metrics.exposition import metric_names

pytestmark = pytest.mark.once
FOLDER = settings.BASE_DIR / "docs" / "observability"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="Debian's package prometheus is missing"
)


def named_in(queries: str) -> set[str]:
    return set(re.findall(r"\bhotel_[a-z_]+", queries))


def promtool(*arguments: str) -> str:
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_dashboard_shows_metrics_that_exist() -> None:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    named = named_in(" ".join(queries))

    assert named <= metric_names()
    assert metric_names() - named == set()  # and all of them


def test_the_alert_rules_name_metrics_that_exist() -> None:
    rules = (FOLDER / "alerts.yml").read_text()

    named = named_in("\n".join(re.findall(r"expr: (?:>\n)?((?:.|\n)*?)\n +(?:for|labels):", rules)))

    assert "hotel_tick_age_seconds" in named
    assert named <= metric_names()


@needs_promtool
def test_prometheus_reads_the_rules_and_they_alert_as_meant() -> None:
    assert "SUCCESS" in promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yml")
