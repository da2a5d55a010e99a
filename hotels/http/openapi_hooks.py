"""Postprocessing of the OpenAPI schema: path parameters, strict request bodies, webhooks."""

import re
from typing import Any

from djangorestframework_camel_case.util import camelize

from hotels.http.strict_serializers import StrictSerializer
from hotels.notifications.webhooks.schema import webhook_components, webhook_operations


def add_webhooks(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The schema with what the site itself sends, under `webhooks`."""
    result["webhooks"] = webhook_operations()
    result["components"]["schemas"] |= webhook_components()
    return result


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The schema with camelCase path parameters and strict bodies closed to other members."""
    result["paths"] = {
        re.sub(r"\{(\w+)\}", lambda found: f"{{{_camel_case(found[1])}}}", path): _renamed(item)
        for path, item in result["paths"].items()
    }
    _close_strict_bodies(result["components"]["schemas"])
    return result


def _camel_case(name: str) -> str:
    (camel,) = camelize({"id" if name == "pk" else name: None})
    return str(camel)


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    for operation in item.values():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["name"] = _camel_case(parameter["name"])
    return item


def _close_strict_bodies(components: dict[str, Any]) -> None:
    """Say in the schema that strict request bodies accept no other members."""
    for serializer in StrictSerializer.__subclasses__():
        name = serializer.__name__.removesuffix("Serializer")
        for component in (name, f"Patched{name}"):
            if component in components:
                components[component]["additionalProperties"] = False
