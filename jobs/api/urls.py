"""Routes of the API. They carry no trailing slash; `jobs.web.middleware` takes both forms."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from jobs.api.views.executions import ExecutionViewSet
from jobs.api.views.pages import redoc, swagger
from jobs.api.views.people import (
    LoginViewSet,
    MembershipViewSet,
    SessionViewSet,
    TokenViewSet,
)
from jobs.api.views.runs import RunViewSet
from jobs.api.views.schedules import ScheduleViewSet
from jobs.api.views.triggers import TriggerViewSet

app_name = "api"

urlpatterns = [
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
    path("auth/login", LoginViewSet.as_view({"post": "create"}), name="login"),
    path("auth/me", SessionViewSet.as_view({"get": "retrieve"}), name="me"),
    path("auth/logout", SessionViewSet.as_view({"post": "end"}), name="logout"),
    path("tokens", TokenViewSet.as_view({"get": "list"}), name="tokens"),
    path("tokens/<uuid:public_id>", TokenViewSet.as_view({"delete": "destroy"}), name="token"),
    path(
        "memberships",
        MembershipViewSet.as_view({"get": "list", "post": "create"}),
        name="memberships",
    ),
    path(
        "memberships/<int:pk>",
        MembershipViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="membership",
    ),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", swagger, name="docs"),
    path("redoc", redoc, name="redoc"),
]
