"""Serializers of schedules and of their changes."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hotels.http.strict_serializers import (
    StrictBoolean,
    StrictChar,
    StrictInteger,
    StrictSerializer,
)
from hotels.models import Hotel
from jobs import cron_expressions, scheduling
from jobs.cron_expressions import BadExpression
from jobs.models import JobSchedule
from jobs.models.schedule import MOST_ATTEMPTS
from jobs.scheduling import EffectiveSchedule

NEXT_SHOWN = 5
MOST_MINUTES = 366 * 24 * 60


class ScheduleSerializer(serializers.Serializer[EffectiveSchedule]):
    """Schedule of one job in one hotel."""

    # The context holds `hotels`, a mapping of keys to hotels, and `now`.
    hotel_id = serializers.IntegerField()
    hotel_code = serializers.SerializerMethodField()
    job_name = serializers.CharField()
    own = serializers.SerializerMethodField(
        help_text="True: the hotel's own schedule; false: the job's default schedule."
    )
    enabled = serializers.BooleanField()
    expression = serializers.CharField(
        help_text="Cron expression: minute, hour, day of month, month, day of week."
    )
    words = serializers.SerializerMethodField(help_text="The expression in plain language.")
    clock = serializers.SerializerMethodField(
        help_text="Clock of the expression: UTC or the hotel's local time."
    )
    zone = serializers.SerializerMethodField(help_text="Time zone of that clock.")
    catch_up = serializers.ChoiceField(choices=JobSchedule.CatchUp.choices)
    longest_lateness_minutes = serializers.SerializerMethodField()
    attempts = serializers.IntegerField()
    next = serializers.SerializerMethodField(help_text="The next times the job is due.")

    def get_hotel_code(self, terms: EffectiveSchedule) -> str:
        """Code of the hotel."""
        hotel: Hotel = self.context["hotels"][terms.hotel_id]
        return hotel.code

    def get_own(self, terms: EffectiveSchedule) -> bool:
        """True if the hotel has its own schedule."""
        return terms.own is not None

    def get_words(self, terms: EffectiveSchedule) -> str:
        """The expression in plain language; an unreadable one unchanged."""
        try:
            return cron_expressions.describe(expression=terms.expression)
        except BadExpression:
            return terms.expression

    @extend_schema_field({"type": "string", "enum": JobSchedule.Clock.values})
    def get_clock(self, terms: EffectiveSchedule) -> str:
        """Clock of the expression; default schedules are in UTC."""
        return terms.own.clock if terms.own else JobSchedule.Clock.UTC

    def get_zone(self, terms: EffectiveSchedule) -> str:
        """IANA name of the time zone."""
        return "UTC" if terms.zone is UTC else str(terms.zone)

    @extend_schema_field({"type": ["integer", "null"]})
    def get_longest_lateness_minutes(self, terms: EffectiveSchedule) -> int | None:
        """Minutes after which a slot is no longer run; None without a limit."""
        longest = terms.longest_lateness
        return None if longest is None else longest // timedelta(minutes=1)

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "date-time"}})
    def get_next(self, terms: EffectiveSchedule) -> list[str]:
        """The next times the job is due, in UTC; empty for an unreadable expression."""
        try:
            slots = scheduling.upcoming_slots(
                schedule=terms, after=self.context["now"], count=NEXT_SHOWN
            )
        except BadExpression:
            return []
        return [_iso(at) for at in slots]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class ScheduleChangeSerializer(StrictSerializer):
    """Changes of a hotel's own schedule; absent members stay unchanged."""

    enabled = StrictBoolean(required=False)
    expression = StrictChar(
        required=False,
        max_length=cron_expressions.LONGEST,
        help_text="Cron expression: minute, hour, day of month, month, day of week, such as "
        "`30 1 * * *`.",
    )
    clock = serializers.ChoiceField(choices=JobSchedule.Clock.choices, required=False)
    catch_up = serializers.ChoiceField(choices=JobSchedule.CatchUp.choices, required=False)
    longest_lateness_minutes = StrictInteger(
        required=False, allow_null=True, min_value=1, max_value=MOST_MINUTES
    )
    attempts = StrictInteger(required=False, min_value=1, max_value=MOST_ATTEMPTS)

    def apply_to(self, terms: EffectiveSchedule) -> JobSchedule:
        """The hotel's own schedule with the changes, not stored; a new one copies the default."""
        row = terms.own or JobSchedule(
            hotel_id=terms.hotel_id,
            job_name=terms.job_name,
            expression=terms.expression,
            clock=JobSchedule.Clock.UTC,
            attempts=terms.attempts,
            created_at=timezone.now(),
        )
        for name, value in self.validated_data.items():
            setattr(row, name, value)
        return row
