"""OpenAPI descriptions of the routes below /api/alert-rules and /api/alerts."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from hotels.http.openapi import (
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)
from jobs.api.serializers.alerts import (
    AcknowledgeSerializer,
    AlertDetailSerializer,
    AlertRuleChangeSerializer,
    AlertRuleSerializer,
    AlertSerializer,
    NewAlertRuleSerializer,
    SnoozeSerializer,
)

TAGS = ["alerts"]

rules = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listAlertRules",
        summary="Your alert rules",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(page_of("alertRules", AlertRuleSerializer)),
    ),
    create=extend_schema(
        tags=TAGS,
        operation_id="createAlertRule",
        summary="Add an alert rule",
        request=NewAlertRuleSerializer,
        responses=with_problems({201: AlertRuleSerializer}, 404, 409, 413, 415),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getAlertRule",
        summary="One of your alert rules",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(AlertRuleSerializer, 404),
    ),
    partial_update=extend_schema(
        tags=TAGS,
        operation_id="changeAlertRule",
        summary="Change an alert rule, or switch it off or on",
        request=AlertRuleChangeSerializer,
        responses=with_problems({200: AlertRuleSerializer}, 404, 409, 413, 415),
    ),
    destroy=extend_schema(
        tags=TAGS,
        operation_id="deleteAlertRule",
        summary="Delete an alert rule with its alerts",
        description="Past alerts are deleted too. To keep them, switch the rule off instead: "
        '`PATCH {"enabled": false}`.',
        responses=with_problems({}, 404) | {204: OpenApiResponse(description="Deleted.")},
    ),
)

alerts = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listAlerts",
        summary="Alerts, newest first",
        parameters=[
            IF_NONE_MATCH,
            OpenApiParameter(
                "open",
                {"type": "string", "enum": ["true", "false"]},
                OpenApiParameter.QUERY,
                description="Only open ones, or only past ones.",
            ),
        ],
        responses=read_responses(page_of("alerts", AlertSerializer)),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getAlert",
        summary="One alert with its hotels",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(AlertDetailSerializer, 404),
    ),
    acknowledge=extend_schema(
        tags=TAGS,
        operation_id="acknowledgeAlert",
        summary="Acknowledge an open alert: it is not escalated",
        request=AcknowledgeSerializer,
        responses=with_problems({200: AlertDetailSerializer}, 404, 409, 413, 415),
    ),
    snooze=extend_schema(
        tags=TAGS,
        operation_id="snoozeAlert",
        summary="Send nothing about an open alert for some time",
        request=SnoozeSerializer,
        responses=with_problems({200: AlertDetailSerializer}, 404, 409, 413, 415),
    ),
)
