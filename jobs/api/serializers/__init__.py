"""What is told and what is taken. What is taken is named field by field: nothing else is set."""

from jobs.api.serializers.executions import (
    EffectSerializer,
    ExecutionDetailSerializer,
    ExecutionSerializer,
    StatisticsSerializer,
)
from jobs.api.serializers.people import (
    LoginSerializer,
    MembershipChangeSerializer,
    MembershipGrantSerializer,
    MembershipSerializer,
    NewTokenSerializer,
    PersonSerializer,
    TokenSerializer,
)
from jobs.api.serializers.runs import ProgressSerializer, RunSerializer
from jobs.api.serializers.schedules import ScheduleChangeSerializer, ScheduleSerializer
from jobs.api.serializers.triggering import TriggeredSerializer, TriggerSerializer

__all__ = [
    "EffectSerializer",
    "ExecutionDetailSerializer",
    "ExecutionSerializer",
    "LoginSerializer",
    "MembershipChangeSerializer",
    "MembershipGrantSerializer",
    "MembershipSerializer",
    "NewTokenSerializer",
    "PersonSerializer",
    "ProgressSerializer",
    "RunSerializer",
    "ScheduleChangeSerializer",
    "ScheduleSerializer",
    "StatisticsSerializer",
    "TokenSerializer",
    "TriggerSerializer",
    "TriggeredSerializer",
]
