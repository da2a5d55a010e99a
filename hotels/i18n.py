"""English for what is stored, printed or sent to programs, whatever language people read."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation


@contextmanager
def in_english() -> Iterator[None]:
    """Use the untranslated English texts in this block, or in the function it decorates.

    Results are stored in one language, regardless of the language of the user who started the job.
    """
    with translation.override(None):
        yield


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun, in English: `1 task`, `2 tasks`, `0 night audits`.

    `plural` is for nouns that do not simply take an s: `counted(2, "entry", "entries")`.
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
