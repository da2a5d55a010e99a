"""URLs of wall screens, below /status/."""

from django.urls import path

from jobs.wall_screens.views import badge, status_json

app_name = "wall-screens"
urlpatterns = [
    path("<str:token>.svg", badge, name="badge"),
    path("<str:token>.json", status_json, name="json"),
]
