"""Parser of request bodies."""

from typing import Any

from djangorestframework_camel_case.parser import CamelCaseJSONParser
from rest_framework.exceptions import ParseError


class CamelCaseJsonParser(CamelCaseJSONParser):  # type: ignore[misc]  # the library has no types
    """JSON with camelCase members; refuses bodies that are nested too deeply."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The body with snake_case members; raises ParseError when it is not readable JSON."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
