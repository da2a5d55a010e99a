"""The browsable API."""

from typing import Any

from djangorestframework_camel_case.render import CamelCaseBrowsableAPIRenderer


class BrowsableRenderer(CamelCaseBrowsableAPIRenderer):  # type: ignore[misc]  # without types
    """HTML pages of the API without inline styles, which the content security policy forbids."""

    def get_context(self, *args: Any, **options: Any) -> dict[str, Any]:
        """The context without the colours of code in descriptions."""
        context: dict[str, Any] = super().get_context(*args, **options)
        return context | {"code_style": ""}
