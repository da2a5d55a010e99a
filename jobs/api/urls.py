"""Routes of the API of jobs, included below /api in the namespace `api`.

They have no trailing slash: `hotels.http.middleware` accepts both forms.
"""

from django.urls import path

from jobs.api.views.alerts import AlertRuleViewSet, AlertViewSet
from jobs.api.views.executions import ExecutionViewSet
from jobs.api.views.runs import RunViewSet
from jobs.api.views.schedules import ScheduleViewSet
from jobs.api.views.triggers import TriggerViewSet

urlpatterns = [
    path(
        "alert-rules",
        AlertRuleViewSet.as_view({"get": "list", "post": "create"}),
        name="alert-rules",
    ),
    path(
        "alert-rules/<uuid:public_id>",
        AlertRuleViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
        ),
        name="alert-rule",
    ),
    path("alerts", AlertViewSet.as_view({"get": "list"}), name="alerts"),
    path("alerts/<uuid:public_id>", AlertViewSet.as_view({"get": "retrieve"}), name="alert"),
    path(
        "alerts/<uuid:public_id>/acknowledge",
        AlertViewSet.as_view({"post": "acknowledge"}),
        name="acknowledge-alert",
    ),
    path(
        "alerts/<uuid:public_id>/snooze",
        AlertViewSet.as_view({"post": "snooze"}),
        name="snooze-alert",
    ),
    path("jobs", ExecutionViewSet.as_view({"get": "list", "head": "summary"}), name="jobs"),
    path("jobs/stats", ExecutionViewSet.as_view({"get": "stats"}), name="stats"),
    path("jobs/<int:pk>", ExecutionViewSet.as_view({"get": "retrieve"}), name="job"),
    path("jobs/<int:pk>/effects", ExecutionViewSet.as_view({"get": "effects"}), name="effects"),
    path("jobs/<int:pk>/retry", ExecutionViewSet.as_view({"post": "retry"}), name="retry"),
    path("jobs/<int:pk>/cancel", ExecutionViewSet.as_view({"post": "cancel"}), name="cancel"),
    path("jobs/trigger/<str:job_name>", TriggerViewSet.as_view({"post": "create"}), name="trigger"),
    path("runs/<int:pk>", RunViewSet.as_view({"get": "retrieve"}), name="run"),
    path("schedules", ScheduleViewSet.as_view({"get": "list"}), name="schedules"),
    path(
        "schedules/<int:hotel_id>/<str:job_name>",
        ScheduleViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
        ),
        name="schedule",
    ),
]
