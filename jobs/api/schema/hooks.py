"""What the generator of the schema cannot see by itself."""

import re
from copy import deepcopy
from typing import Any

from djangorestframework_camel_case.util import camelize

from jobs.api.filters import job_choices
from jobs.api.schema.deliveries import add_deliveries
from jobs.api.serializers.strict import StrictSerializer

FIGURES = {
    "X-Total-Jobs": {"type": "integer"},
    "X-Completed-Jobs": {"type": "integer"},
    "X-Failed-Jobs": {"type": "integer"},
    "X-Success-Rate": {"type": "number", "minimum": 0, "maximum": 100},
    "X-Period": {"type": "string"},
}


def finish(result: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Name path parameters as everything else is named, and tell of HEAD."""
    add_deliveries(result)
    result["paths"] = {
        re.sub(r"\{(\w+)\}", lambda found: f"{{{_told(found[1])}}}", path): _renamed(item)
        for path, item in result["paths"].items()
    }
    for item in result["paths"].values():
        _name_jobs(item)
    _close(result["components"]["schemas"])
    _add_summary(result["paths"]["/api/jobs"])
    return result


def _told(name: str) -> str:
    (camel,) = camelize({"id" if name == "pk" else name: None})
    return str(camel)


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    for operation in item.values():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["name"] = _told(parameter["name"])
    return item


def _name_jobs(item: dict[str, Any]) -> None:
    """Filters take the names of the registered jobs; they are no fixed choices of a field."""
    for operation in item.values():
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "jobName" and parameter["in"] == "query":
                parameter["schema"] = {
                    "type": "string",
                    "enum": [name for name, _ in job_choices()],
                }


def _close(components: dict[str, Any]) -> None:
    """Strict bodies take no further members."""
    for serializer in StrictSerializer.__subclasses__():
        name = serializer.__name__.removesuffix("Serializer")
        for told in (name, f"Patched{name}"):
            if told in components:
                components[told]["additionalProperties"] = False


def _add_summary(jobs: dict[str, Any]) -> None:
    """HEAD /api/jobs: the generator leaves HEAD out."""
    head = deepcopy(jobs["get"])
    head["operationId"] = "summariseJobs"
    head["summary"] = "Figures of the last 30 days as headers"
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
