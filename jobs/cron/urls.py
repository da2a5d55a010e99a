"""The routes, in both slash forms: who posts is not to be redirected."""

from django.urls import re_path

from jobs.cron.views import deliver

urlpatterns = [re_path(r"^(?P<job_name>[^/]+)/?$", deliver, name="cron")]
