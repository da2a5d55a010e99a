"""Reading bodies."""

from typing import Any

from djangorestframework_camel_case.parser import CamelCaseJSONParser
from rest_framework.exceptions import ParseError


class JsonBody(CamelCaseJSONParser):  # type: ignore[misc]  # the library has no types
    """JSON in camelCase."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The members in snake_case; raises ParseError, also for what is nested without end."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
