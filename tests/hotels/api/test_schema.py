"""The OpenAPI schema that the site serves."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework.test import APIRequestFactory, force_authenticate

from hotels.api.views import schema
from hotels.models import Hotel
from tests.concurrency import run_together
from tests.factories import MembershipFactory


@pytest.fixture
def nothing_generated() -> Iterator[None]:
    """As in a process that has just started."""
    for kept in (schema._document, schema._rendered):
        kept.cache_clear()
    yield
    for kept in (schema._document, schema._rendered):
        kept.cache_clear()


@pytest.mark.django_db
def test_a_member_reads_it_as_yaml_or_as_json(hotel: Hotel) -> None:
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel).user)

    yaml = client.get("/api/schema")
    document = client.get("/api/schema", headers={"Accept": "application/json"})

    assert yaml["Content-Type"] == "application/vnd.oai.openapi"
    assert yaml["Content-Disposition"] == 'inline; filename="schema.yaml"'
    assert yaml.content.startswith(b"openapi: 3.1.0")
    assert "/api/jobs" in json.loads(document.content)["paths"]


@pytest.mark.once
@pytest.mark.usefixtures("nothing_generated")
def test_the_first_requests_of_a_process_generate_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    generating = threading.Lock()
    generated = []

    class Generator:
        def get_schema(self, **options: Any) -> dict[str, Any]:
            assert generating.acquire(blocking=False), "two threads generate at once"
            generated.append(options)
            generating.release()
            return {"openapi": "3.1.0"}

    monkeypatch.setattr(schema.SchemaView, "generator_class", Generator)
    view = schema.SchemaView.as_view()

    def read() -> int:
        request = APIRequestFactory().get("/api/schema")
        force_authenticate(request, get_user_model()(is_superuser=True))
        return int(view(request).status_code)

    assert run_together(*[read] * 8) == [200] * 8
    assert len(generated) == 1
