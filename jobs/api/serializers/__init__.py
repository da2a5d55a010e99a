"""Serializers of the API. Request bodies name every member they accept; others are refused."""

from jobs.api.serializers.executions import (
    EffectSerializer,
    ExecutionDetailSerializer,
    ExecutionSerializer,
    StatisticsSerializer,
)
from jobs.api.serializers.runs import ProgressSerializer, RunSerializer
from jobs.api.serializers.schedules import ScheduleChangeSerializer, ScheduleSerializer
from jobs.api.serializers.triggering import TriggeredSerializer, TriggerSerializer

__all__ = [
    "EffectSerializer",
    "ExecutionDetailSerializer",
    "ExecutionSerializer",
    "ProgressSerializer",
    "RunSerializer",
    "ScheduleChangeSerializer",
    "ScheduleSerializer",
    "StatisticsSerializer",
    "TriggerSerializer",
    "TriggeredSerializer",
]
