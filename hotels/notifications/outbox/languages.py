"""The language in which a person is written to."""

from django.conf import settings

from hotels.models import Guest, Hotel


def language_of(guest: Guest, *, hotel: Hotel) -> str:
    """The guest's language if the project has it, else the hotel's.

    Guests' languages are stored as they arrived: `de`, `pt-BR`, `en_GB`.
    """
    wanted = guest.language.strip().lower().replace("_", "-").partition("-")[0]
    known = [code for code, _name in settings.LANGUAGES]
    return wanted if wanted in known else hotel_language(hotel)


def hotel_language(hotel: Hotel) -> str:
    """The hotel's language for staff, English if the project no longer has it."""
    known = [code for code, _name in settings.LANGUAGES]
    return hotel.language if hotel.language in known else "en"
