"""A field for text that people write: notes, reasons, methods of payment."""

from typing import Any

from django import forms

from hotels.text import refuse_unprintable


class WrittenText(forms.CharField):
    """Text that can be printed as it was typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[refuse_unprintable], **options)
