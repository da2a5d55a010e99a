"""Parser of request bodies."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from djangorestframework_camel_case.parser import CamelCaseJSONParser
from djangorestframework_camel_case.util import camel_to_underscore, underscoreize
from rest_framework.exceptions import ParseError, ValidationError


class CamelCaseJsonParser(CamelCaseJSONParser):  # type: ignore[misc]  # the library has no types
    """JSON in UTF-8 with camelCase members.

    Refuses what programs read differently: a member given twice, NaN and Infinity, and text that
    is no Unicode (RFC 8259, sections 4 and 8; RFC 7493).
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The body with snake_case members; raises ParseError or ValidationError."""
        try:
            # Always UTF-8 (RFC 8259, section 8.1): the charset of the header is the sender's word.
            text = stream.read().decode()
            body = json.loads(text, object_pairs_hook=_members, parse_constant=_refuse_constant)
            _refuse_surrogates(body, path="")
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is not readable JSON: {error}") from None
        return underscoreize(body, **self.json_underscoreize)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; raises ValidationError for a member given twice, as itself or as `dry_run`."""
    seen = set()
    for name, _ in pairs:
        own = _own_name(name)
        if own in seen:
            raise ValidationError({_printable(name): ["Given more than once."]})
        seen.add(own)
    return dict(pairs)


def _own_name(member: str) -> str:
    name: str = camel_to_underscore(member, **CamelCaseJsonParser.json_underscoreize)
    return name


def _refuse_constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not a number in JSON.")


def _refuse_surrogates(part: Any, *, path: str) -> None:
    """Raise ValidationError if a text contains half of a surrogate pair, such as `"\\ud800"`."""
    if isinstance(part, str):
        if not _is_text(part):
            raise ValidationError({path: ["Contains characters that are not valid Unicode."]})
    elif isinstance(part, Mapping):
        for name, value in part.items():
            own = ".".join(filter(None, (path, _printable(name))))
            _refuse_surrogates(name, path=own)
            _refuse_surrogates(value, path=own)
    elif isinstance(part, Sequence):
        for value in part:
            _refuse_surrogates(value, path=path)


def _is_text(text: str) -> bool:
    return text.isascii() or _printable(text) == text


def _printable(text: str) -> str:
    """The text with `?` for each half of a surrogate pair, which no answer can contain."""
    return text.encode(errors="replace").decode()
