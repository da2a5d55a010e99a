"""The language of the record: what is kept, printed or told to programs is English."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation


@contextmanager
def in_english() -> Iterator[None]:
    """Within it, and in a function it decorates, translatable words are those of the source.

    What was done is explained in one language, whoever asked for it and whatever they read.
    """
    with translation.override(None):
        yield
