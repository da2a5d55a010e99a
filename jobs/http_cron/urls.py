"""URL of the deliveries; `hotels.http.middleware` accepts it with and without a final slash."""

from django.urls import path

from jobs.http_cron.views import deliver

urlpatterns = [path("<str:job_name>", deliver, name="cron")]
