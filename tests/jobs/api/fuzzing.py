"""Requests generated from the API's schema, with each response checked against it.

schemathesis' pytest plugin does not support the newest pytest, so its strategies are used directly.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pms import wsgi

# Operations with rules that a schema cannot express: a start before its end, a readable schedule, a
# known kind, an existing user, a hotel required of users with several, one part of an invoice. They
# may answer a request that matches the schema with 400.
WITH_OTHER_RULES = frozenset(
    {
        "POST /api/folios/{id}/payments",
        "POST /api/payments/{id}/move",
        "POST /api/payments/{id}/refunds",
        "GET /api/jobs",
        "HEAD /api/jobs",
        "GET /api/jobs/{id}/effects",
        "POST /api/auth/login",
        "POST /api/invitations",
        "POST /api/invoices/{id}/credit-notes",
        "POST /api/jobs/trigger/{jobName}",
        "POST /api/memberships",
        "POST /api/alert-rules",
        "PATCH /api/alert-rules/{publicId}",
        "GET /api/alerts",
        "POST /api/messages/{id}/resend",
        "GET /api/webhook-deliveries",
        "POST /api/webhook-deliveries/replay",
        "POST /api/webhook-endpoints",
        "PATCH /api/webhook-endpoints/{publicId}",
        "PATCH /api/schedules/{hotelId}/{jobName}",
    }
)

# What refuses a request that does not match the schema: too long a list may be too large a body.
REFUSALS = schemathesis.Config.from_dict(
    {
        "checks": {
            "negative_data_rejection": {
                "expected-statuses": [
                    400,
                    401,
                    403,
                    404,
                    405,
                    406,
                    409,
                    413,
                    415,
                    422,
                    428,
                    429,
                    "5xx",
                ]
            }
        }
    }
)


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The site; it keeps the test's database connection open, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        answer = wsgi.application(environ, start_response)
        answer.close()
        return answer
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def load_schema() -> Any:
    """The schema, bound to the application."""
    generated = SchemaGenerator().get_schema(request=None, public=True)
    loaded = schemathesis.openapi.from_dict(generated, config=REFUSALS)
    loaded.app = application
    return loaded


def operations() -> dict[str, Any]:
    """The operations of the schema, by method and path."""
    found = (result.ok() for result in load_schema().get_all_operations())
    return {operation.label: operation for operation in found}


def hammer(operation: Any, *, examples: int, headers: Callable[[], dict[str, str]]) -> int:
    """Send valid and invalid requests of one operation; returns their number.

    Raises an exception of schemathesis when a response does not match the schema.
    """
    sent = 0
    excluded = [positive_data_acceptance] if operation.label in WITH_OTHER_RULES else []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize="CI" in os.environ,  # new random requests only on developers' machines
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        )
        @given(case=strategy)
        def send(case: Any) -> None:
            nonlocal sent
            sent += 1
            case.call_and_validate(headers=headers(), excluded_checks=excluded)

        with suppress(Unsatisfiable):  # a request without input has no invalid form
            send()
    return sent
