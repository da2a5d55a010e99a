"""The note on the form of a hotel: jobs whose schedules make no sense there."""

from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext

from hotels.admin.hotel_notes import register_hotel_note
from hotels.models import Hotel
from jobs.scheduling.advice import schedule_advice


def schedule_note(hotel: Hotel, now: datetime) -> str:
    """The reasons, and a link to the page that sets better times; empty without advice."""
    advice = schedule_advice(hotels=[hotel], now=now) if hotel.active else []
    if not advice:
        return ""
    reasons = " ".join(reason for each in advice for reason in each.reasons)
    url = f"{reverse('jobs:local-times')}?{urlencode({'hotel': hotel.code})}"
    return format_html(
        '{} <a class="underline" href="{}">{}</a>', reasons, url, gettext("Set local times")
    )


register_hotel_note(schedule_note)
