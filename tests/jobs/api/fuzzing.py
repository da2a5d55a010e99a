"""Requests made from the API's own schema, each answer checked against it.

schemathesis' own pytest plugin does not know the newest pytest; its strategies are used instead.
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

# Rules no schema can say: a start before its end, a readable schedule, a kind there is, a person
# who is there, a hotel to be named by whoever has several. What breaks them is a 400, valid as it
# looks.
RULED = frozenset(
    {
        "GET /api/jobs",
        "HEAD /api/jobs",
        "GET /api/jobs/{id}/effects",
        "POST /api/auth/login",
        "POST /api/jobs/trigger/{jobName}",
        "POST /api/memberships",
        "PATCH /api/schedules/{hotelId}/{jobName}",
    }
)


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The site, which keeps the connection of the test open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        answer = wsgi.application(environ, start_response)
        answer.close()
        return answer
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def described() -> Any:
    """The schema, bound to the application."""
    generated = SchemaGenerator().get_schema(request=None, public=True)
    loaded = schemathesis.openapi.from_dict(generated)
    loaded.app = application
    return loaded


def operations() -> dict[str, Any]:
    """The operations there are, by method and path."""
    found = (result.ok() for result in described().get_all_operations())
    return {operation.label: operation for operation in found}


def hammer(operation: Any, *, examples: int, headers: Callable[[], dict[str, str]]) -> int:
    """Send right and wrong requests of one operation; raises where an answer is not as described.

    Returns how many were sent.
    """
    sent = 0
    excluded = [positive_data_acceptance] if operation.label in RULED else []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize="CI" in os.environ,  # new requests are made where somebody can look
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        )
        @given(case=strategy)
        def send(case: Any) -> None:
            nonlocal sent
            sent += 1
            case.call_and_validate(headers=headers(), excluded_checks=excluded)

        with suppress(Unsatisfiable):  # nothing can be wrong about a request that takes nothing
            send()
    return sent
