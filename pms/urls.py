"""Routes of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from jobs.cron import CronView
from jobs.web import health

admin.site.site_header = "Hotel back office"
admin.site.site_title = "Hotel back office"
admin.site.index_title = "Night work and hotel books"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/cron/<str:job_name>", CronView.as_view(), name="cron"),
    path("api/", include("jobs.api.urls")),
    path("session/", include("rest_framework.urls")),  # login and logout of the browsable pages
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
handler400 = "jobs.web.handlers.bad_request"
handler403 = "jobs.web.handlers.permission_denied"
handler404 = "jobs.web.handlers.not_found"
handler500 = "jobs.web.handlers.server_error"
