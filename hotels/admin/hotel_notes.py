"""Notes of other apps on the form of a hotel, such as schedules that make no sense there.

Another app registers its function once, in a module of its admin:

    register_hotel_note(spa_note)
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from hotels.models import Hotel

# The note on a hotel at a time; empty if there is nothing to say.
HotelNote = Callable[[Hotel, datetime], str]

_notes: list[HotelNote] = []


def register_hotel_note(note: HotelNote) -> None:
    """Show the note on the form of every hotel."""
    _notes.append(note)


def notes_on(*, hotel: Hotel, now: datetime) -> SafeString:
    """The registered notes on a hotel, a paragraph each; empty if there are none."""
    texts = (note(hotel, now) for note in _notes)
    return format_html_join("", "<p>{}</p>", ((text,) for text in texts if text))
