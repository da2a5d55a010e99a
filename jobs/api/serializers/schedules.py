"""Schedules: what holds for a job in a hotel, and what may be set."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hotels.models import Hotel
from jobs import cron_expressions, scheduling
from jobs.api.serializers.strict import StrictBoolean, StrictChar, StrictInteger, StrictSerializer
from jobs.cron_expressions import BadExpression
from jobs.models import JobSchedule
from jobs.models.schedule import MOST_ATTEMPTS
from jobs.scheduling import EffectiveSchedule

NEXT_SHOWN = 5
MOST_MINUTES = 366 * 24 * 60


class ScheduleSerializer(serializers.Serializer[EffectiveSchedule]):
    """The terms of one job in one hotel; the context has the hotels by key, and `now`."""

    hotel_id = serializers.IntegerField()
    hotel_code = serializers.SerializerMethodField()
    job_name = serializers.CharField()
    own = serializers.SerializerMethodField(
        help_text="Whether the hotel set it itself; false: the job's declared schedule holds."
    )
    enabled = serializers.BooleanField()
    expression = serializers.CharField(help_text="Minute, hour, day, month, weekday.")
    words = serializers.SerializerMethodField(help_text="The expression as a person says it.")
    clock = serializers.SerializerMethodField(help_text="The clock it is read on.")
    zone = serializers.SerializerMethodField(help_text="The zone of that clock.")
    catch_up = serializers.ChoiceField(choices=JobSchedule.CatchUp.choices)
    longest_lateness_minutes = serializers.SerializerMethodField()
    attempts = serializers.IntegerField()
    next = serializers.SerializerMethodField(help_text="The next instants it is due at.")

    def get_hotel_code(self, terms: EffectiveSchedule) -> str:
        """The hotel's code."""
        hotel: Hotel = self.context["hotels"][terms.hotel_id]
        return hotel.code

    def get_own(self, terms: EffectiveSchedule) -> bool:
        """Whether there is a row."""
        return terms.own is not None

    def get_words(self, terms: EffectiveSchedule) -> str:
        """A stored expression that can no longer be read is shown as it is."""
        try:
            return cron_expressions.describe(expression=terms.expression)
        except BadExpression:
            return terms.expression

    @extend_schema_field({"type": "string", "enum": JobSchedule.Clock.values})
    def get_clock(self, terms: EffectiveSchedule) -> str:
        """Declared schedules are in UTC."""
        return terms.own.clock if terms.own else JobSchedule.Clock.UTC

    def get_zone(self, terms: EffectiveSchedule) -> str:
        """An IANA name."""
        return "UTC" if terms.zone is UTC else str(terms.zone)

    @extend_schema_field({"type": ["integer", "null"]})
    def get_longest_lateness_minutes(self, terms: EffectiveSchedule) -> int | None:
        """How late a slot may be run; null: however late."""
        longest = terms.longest_lateness
        return None if longest is None else longest // timedelta(minutes=1)

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "date-time"}})
    def get_next(self, terms: EffectiveSchedule) -> list[str]:
        """In UTC."""
        try:
            found = scheduling.upcoming_slots(
                schedule=terms, after=self.context["now"], count=NEXT_SHOWN
            )
        except BadExpression:
            return []
        return [_iso(at) for at in found]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class ScheduleChangeSerializer(StrictSerializer):
    """What a hotel may set; what is left out stays as it is."""

    enabled = StrictBoolean(required=False)
    expression = StrictChar(
        required=False,
        max_length=cron_expressions.LONGEST,
        help_text="Minute, hour, day of month, month, day of week: `30 1 * * *`.",
    )
    clock = serializers.ChoiceField(choices=JobSchedule.Clock.choices, required=False)
    catch_up = serializers.ChoiceField(choices=JobSchedule.CatchUp.choices, required=False)
    longest_lateness_minutes = StrictInteger(
        required=False, allow_null=True, min_value=1, max_value=MOST_MINUTES
    )
    attempts = StrictInteger(required=False, min_value=1, max_value=MOST_ATTEMPTS)

    def applied_to(self, terms: EffectiveSchedule) -> JobSchedule:
        """The hotel's own schedule with the change: its row, or a new one from what held."""
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
