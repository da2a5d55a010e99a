"""Routes of the pages of a hotel's day, below /admin/."""

from django.urls import path

from hotels.console.availability import AvailabilityCalendar, AvailabilityFile
from hotels.console.housekeeping import GiveTask, HousekeepingBoard, HousekeepingLists

app_name = "house"
urlpatterns = [
    path("housekeeping/", HousekeepingBoard.as_page(), name="housekeeping"),
    path("housekeeping/lists/", HousekeepingLists.as_page(), name="housekeeping-lists"),
    path("housekeeping/tasks/<int:pk>/give/", GiveTask.as_page(), name="give-task"),
    path("availability/", AvailabilityCalendar.as_page(), name="availability"),
    path("availability/export.csv", AvailabilityFile.as_page(), name="availability-file"),
]
