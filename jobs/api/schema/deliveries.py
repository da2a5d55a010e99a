"""The cron routes in the schema: plain views, which the generator does not see."""

from typing import Any

from jobs.web.problem import CONTENT_TYPE

PATH = "/api/cron/{job_name}"
SECURITY = "cronSecret"
_NUMBER = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_INSTANT = {"type": "string", "format": "date-time"}
_FAILURE = {
    "hotel": _TEXT,
    "hotelId": {"type": "integer"},
    "executionId": {"type": "integer"},
    "attempt": {"type": "integer", "minimum": 1},
    "reason": _TEXT,
    "retryAt": {"type": ["string", "null"], "format": "date-time"},
}
_MEMBERS = {
    "success": {"type": "boolean", "description": "Whether no hotel's last ended attempt failed."},
    "job": _TEXT,
    "slot": _INSTANT,
    "runId": {"type": ["integer", "null"]},
    "message": _TEXT,
    "done": _NUMBER,
    "total": _NUMBER,
    "totals": {"type": "object", "additionalProperties": _NUMBER},
    "failedHotels": _NUMBER,
    "failures": {
        "type": "array",
        "maxItems": 100,
        "items": {"type": "object", "properties": _FAILURE, "required": [*_FAILURE]},
    },
}
_ANSWERS = {
    "200": "Nothing is left of the slot.",
    "202": "Some hotels are left to the tick or the next call.",
}
_REFUSALS = {
    "401": "The secret is missing or wrong, or none is set.",
    "404": "There is no such job.",
    "429": "Too many calls without the secret.",
    "503": "The database does not answer.",
}


def add_deliveries(result: dict[str, Any]) -> None:
    """Tell of GET and POST on the cron route, and of the secret that opens it."""
    components = result["components"]
    components["schemas"]["Delivery"] = {
        "type": "object",
        "properties": _MEMBERS,
        "required": [*_MEMBERS],
    }
    components["securitySchemes"][SECURITY] = {
        "type": "http",
        "scheme": "bearer",
        "description": "One of CRON_SECRET.",
    }
    result["paths"][PATH] = {
        method: _operation(f"deliverBy{method.title()}") for method in ("get", "post")
    }


def _operation(name: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["cron"],
        "summary": "Work the current slot of a job for all hotels, each once",
        "description": "The body is never read. The same slot again continues the same run.",
        "parameters": [
            {"in": "path", "name": "job_name", "schema": {"type": "string"}, "required": True}
        ],
        "security": [{SECURITY: []}],
        "responses": {
            status: _answer(words, "application/json", "Delivery")
            for status, words in _ANSWERS.items()
        }
        | {status: _answer(words, CONTENT_TYPE, "Problem") for status, words in _REFUSALS.items()},
    }


def _answer(words: str, content_type: str, component: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{component}"}
    return {"description": words, "content": {content_type: {"schema": schema}}}
