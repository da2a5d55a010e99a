"""URLs of the job pages, below /admin/."""

from django.urls import path

from jobs.console.alerts.rule_views import (
    Channels,
    DeleteChannel,
    DeleteRule,
    RulePage,
    Rules,
    TestChannel,
)
from jobs.console.alerts.views import AcknowledgeAlert, Alerts, OneAlert, SnoozeAlert
from jobs.console.exports.views import ExportFile, ExportPage
from jobs.console.home.item_page import ItemPage
from jobs.console.home.views import HomePage
from jobs.console.local_times.views import LocalTimesPage, SetLocalTimesPage
from jobs.console.night.views import NightPage
from jobs.console.receipt.actions import CancelPage, RetryPage
from jobs.console.receipt.views import ReceiptPage
from jobs.console.run_now.progress import ProgressPage
from jobs.console.run_now.views import ChoosePage, PreviewPage, StartPage
from jobs.console.schedules.views import NextRunsPage, SchedulesPage, SwitchSchedulePage
from jobs.console.timeline.views import TimelinePage
from jobs.console.trends.views import ChartCsv, TrendsPage
from jobs.console.wall_screens.views import RevokeWallScreen, WallScreens
from jobs.console.workers.views import WorkersPage

app_name = "jobs"
urlpatterns = [
    path("", HomePage.as_page(), name="home"),  # replaces the admin's index
    path("run/<slug:job_name>/", ChoosePage.as_page(), name="run-now"),
    path("run/<slug:job_name>/preview/", PreviewPage.as_page(), name="run-preview"),
    path("run/<slug:job_name>/start/", StartPage.as_page(), name="run-start"),
    path("runs/<int:pk>/", ProgressPage.as_page(), name="run"),
    # Replaces the admin's change page, so every link to an execution opens the receipt.
    path("jobs/jobexecution/<int:pk>/change/", ReceiptPage.as_page(), name="receipt"),
    path("jobs/jobexecution/<int:pk>/retry/", RetryPage.as_page(), name="retry"),
    path("jobs/jobexecution/<int:pk>/cancel/", CancelPage.as_page(), name="cancel"),
    path("alerts/", Alerts.as_page(), name="alerts"),
    path("alerts/rules/", Rules.as_page(), name="alert-rules"),
    path("alerts/rules/add/", RulePage.as_page(), name="add-alert-rule"),
    path("alerts/rules/<uuid:public_id>/", RulePage.as_page(), name="alert-rule"),
    path("alerts/rules/<uuid:public_id>/delete/", DeleteRule.as_page(), name="delete-alert-rule"),
    path("alerts/channels/", Channels.as_page(), name="alert-channels"),
    path(
        "alerts/channels/<uuid:public_id>/test/", TestChannel.as_page(), name="test-alert-channel"
    ),
    path(
        "alerts/channels/<uuid:public_id>/delete/",
        DeleteChannel.as_page(),
        name="delete-alert-channel",
    ),
    path("alerts/<uuid:public_id>/", OneAlert.as_page(), name="alert"),
    path(
        "alerts/<uuid:public_id>/acknowledge/",
        AcknowledgeAlert.as_page(),
        name="acknowledge-alert",
    ),
    path("alerts/<uuid:public_id>/snooze/", SnoozeAlert.as_page(), name="snooze-alert"),
    path("exports/<uuid:public_id>/", ExportPage.as_page(), name="export"),
    path("exports/<uuid:public_id>/executions.csv", ExportFile.as_page(), name="export-file"),
    path("items/<int:hotel>/<slug:kind>/", ItemPage.as_page(), name="home-item"),
    path("local-times/", LocalTimesPage.as_page(), name="local-times"),
    path("local-times/<int:pk>/set/", SetLocalTimesPage.as_page(), name="set-local-times"),
    path("schedules/", SchedulesPage.as_page(), name="schedules"),
    path("schedules/next-runs/", NextRunsPage.as_page(), name="next-runs"),
    path(
        "schedules/<int:pk>/<slug:job_name>/",
        SwitchSchedulePage.as_page(),
        name="switch-schedule",
    ),
    path("timeline/", TimelinePage.as_page(), name="timeline"),
    path("timeline/night/", NightPage.as_page(), name="night"),
    path("wall-screens/", WallScreens.as_page(), name="wall-screens"),
    path(
        "wall-screens/<uuid:public_id>/revoke/",
        RevokeWallScreen.as_page(),
        name="revoke-wall-screen",
    ),
    path("workers/", WorkersPage.as_page(), name="workers"),
    path("trends/", TrendsPage.as_page(), name="trends"),
    path("trends/<slug:job_name>/<slug:key>.csv", ChartCsv.as_page(), name="trends-csv"),
]
