"""OpenAPI description of the cron routes: plain views, which the generator does not see."""

from typing import Any

from hotels.http.problem import CONTENT_TYPE

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
    "success": {
        "type": "boolean",
        "description": "False if any hotel's latest finished attempt failed or had problems.",
    },
    "job": _TEXT,
    "slot": _INSTANT,
    "runId": {"type": ["integer", "null"]},
    "message": _TEXT,
    "done": _NUMBER,
    "total": _NUMBER,
    "totals": {"type": "object", "additionalProperties": _NUMBER},
    "failedHotels": _NUMBER,
    "hotelsWithProblems": {
        **_NUMBER,
        "description": "Hotels whose latest finished attempt completed with problems.",
    },
    "failures": {
        "type": "array",
        "maxItems": 100,
        "items": {"type": "object", "properties": _FAILURE, "required": [*_FAILURE]},
    },
}
_STRICT = {
    "in": "query",
    "name": "strict",
    "schema": {"type": "boolean", "default": False},
    "description": "`true` for callers that look at the status alone: 500 with the same body when "
    "`success` is false.",
}
_ANSWERS = {
    "200": "All hotels of the slot are finished.",
    "202": "Some hotels are still pending; the tick or the next call continues.",
    "500": "With `strict`: a hotel failed or had problems, whether or not the others are finished.",
}
_PROBLEMS = {
    "400": "The value of `strict` is neither true nor false.",
    "401": "The secret is missing or wrong, or CRON_SECRET is not set.",
    "404": "No job has this name.",
    "429": "Too many calls without the secret.",
    "503": "The database does not respond.",
}


def add_deliveries(result: dict[str, Any]) -> None:
    """Add GET and POST of the cron route, and its authentication by the secret."""
    components = result["components"]
    components["schemas"]["Delivery"] = {
        "type": "object",
        "properties": _MEMBERS,
        "required": [*_MEMBERS],
    }
    components["securitySchemes"][SECURITY] = {
        "type": "http",
        "scheme": "bearer",
        "description": "One of the secrets in CRON_SECRET.",
    }
    result["paths"][PATH] = {
        method: _operation(f"deliverBy{method.title()}") for method in ("get", "post")
    }


def _operation(name: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["cron"],
        "summary": "Run the current slot of a job, once for each hotel",
        "description": "The request body is ignored. A repeated call for the same slot continues "
        "the same run.",
        "parameters": [
            {"in": "path", "name": "job_name", "schema": {"type": "string"}, "required": True},
            _STRICT,
        ],
        "security": [{SECURITY: []}],
        "responses": {
            status: _response(description, "application/json", "Delivery")
            for status, description in _ANSWERS.items()
        }
        | {
            status: _response(description, CONTENT_TYPE, "Problem")
            for status, description in _PROBLEMS.items()
        },
    }


def _response(description: str, content_type: str, component: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{component}"}
    return {"description": description, "content": {content_type: {"schema": schema}}}
