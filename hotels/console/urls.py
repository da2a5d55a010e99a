"""Routes of the pages of a hotel's day, below /admin/."""

from django.urls import path

from hotels.console.no_shows import DecideNoShow, NoShows

app_name = "house"
urlpatterns = [
    path("no-shows/", NoShows.as_page(), name="no-shows"),
    path("no-shows/<int:pk>/<slug:decision>/", DecideNoShow.as_page(), name="decide-no-show"),
]
