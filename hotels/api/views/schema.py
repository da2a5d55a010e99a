"""The API's OpenAPI schema, the same for all callers."""

from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

from hotels.i18n import in_english

# Two threads must not generate it at once: the library loads its parts on first use, unprotected.
_lock = Lock()


class SchemaView(SpectacularAPIView):
    """Generates the schema once a process; YAML or JSON, as the request accepts."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The schema in the format negotiated."""
        extension = request.accepted_renderer.format
        with _lock, in_english():
            content = _rendered(extension)
        response = HttpResponse(content, content_type=request.accepted_media_type)
        response["Content-Disposition"] = f'inline; filename="schema.{extension}"'
        return response


@cache
def _document() -> dict[str, Any]:
    generator = SchemaView.generator_class()
    # The generator has no types.
    document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


@cache
def _rendered(extension: str) -> str | bytes:
    renderer = next(each for each in SchemaView.renderer_classes if each.format == extension)
    content: str | bytes = renderer().render(_document(), renderer_context={})
    return content
