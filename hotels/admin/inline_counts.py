"""Inline rows of a form, whose numbers a browser never gets wrong."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest
from django.forms.formsets import DEFAULT_MAX_NUM, INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.forms.models import BaseInlineFormSet

from hotels.parsing import parse_whole_number

if TYPE_CHECKING:
    FormSet = BaseInlineFormSet[Any, Any, Any]
else:
    FormSet = BaseInlineFormSet


class CountedFormSet(FormSet):
    """Formset whose numbers of rows must fit the stored rows.

    Django trusts them: it looks for stored rows that do not exist, and shows rows without values
    where none can be added.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.is_bound:
            self._refuse_forged_counts()

    def _refuse_forged_counts(self) -> None:
        stored = len(self.get_queryset())
        addable = 0 if self.max_num == 0 else DEFAULT_MAX_NUM
        initial = self._count(INITIAL_FORM_COUNT, most=stored)
        self._count(TOTAL_FORM_COUNT, least=initial or 0, most=stored + addable)

    def _count(self, name: str, *, most: int, least: int = 0) -> int | None:
        """The number; None if it is missing, which Django reports."""
        text = self.data.get(f"{self.prefix}-{name}")
        if text is None:
            return None
        number = parse_whole_number(str(text), least=least, most=most)
        if number is None:
            raise BadRequest(f"{self.prefix}-{name} must be from {least} to {most}.")
        return number
