"""URL of the deliveries; `jobs.web.middleware` accepts it with and without a final slash."""

from django.urls import path

from jobs.http_cron.views import deliver

urlpatterns = [path("<str:job_name>", deliver, name="cron")]
