"""Postprocessing of the OpenAPI schema: the cron routes, job names, and HEAD /api/jobs."""

from copy import deepcopy
from typing import Any

from jobs.api.filters import job_choices
from jobs.api.schema.deliveries import add_deliveries

FIGURES = {
    "X-Total-Jobs": {"type": "integer"},
    "X-Completed-Jobs": {"type": "integer"},
    "X-Completed-With-Problems": {"type": "integer"},
    "X-Failed-Jobs": {"type": "integer"},
    "X-Success-Rate": {"type": "number", "minimum": 0, "maximum": 100},
    "X-Period": {"type": "string"},
}


def describe_jobs(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The schema with the parts that the generator cannot derive from the views."""
    add_deliveries(result)
    for item in result["paths"].values():
        _name_jobs(item)
    _add_summary(result["paths"]["/api/jobs"])
    return result


def _name_jobs(item: dict[str, Any]) -> None:
    """List the registered job names where a filter takes one."""
    for operation in item.values():
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "jobName" and parameter["in"] == "query":
                parameter["schema"] = {
                    "type": "string",
                    "enum": [name for name, _ in job_choices()],
                }


def _add_summary(jobs: dict[str, Any]) -> None:
    """Add HEAD /api/jobs: the generator omits HEAD."""
    head = deepcopy(jobs["get"])
    head["operationId"] = "summariseJobs"
    head["summary"] = "Statistics of the last 30 days as headers"
    head["description"] = "Executions that match the filters; the response has no body."
    head["parameters"] = [each for each in head["parameters"] if each["in"] == "query"]
    head["responses"] = {
        status: {"description": answer.get("description", "")}
        for status, answer in head["responses"].items()
        if status != "304"
    }
    head["responses"]["200"]["headers"] = {
        name: {"schema": schema, "required": True} for name, schema in FIGURES.items()
    }
    jobs["head"] = head
