"""Routes of the pages about jobs, below /admin/."""

from django.urls import path

from jobs.console.night.views import NightPage
from jobs.console.timeline.views import TimelinePage
from jobs.console.trends.views import ChartCsv, TrendsPage

app_name = "console"
urlpatterns = [
    path("timeline/", TimelinePage.as_page(), name="timeline"),
    path("timeline/night/", NightPage.as_page(), name="night"),
    path("trends/", TrendsPage.as_page(), name="trends"),
    path("trends/<slug:job_name>/<slug:key>.csv", ChartCsv.as_page(), name="trends-csv"),
]
