"""The route of the deliveries; `hotels.http.middleware` takes both slash forms."""

from django.urls import path

from jobs.http_cron.views import deliver

urlpatterns = [path("<str:job_name>", deliver, name="cron")]
