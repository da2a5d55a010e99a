"""Routes of the pages of a hotel's day, below /admin/."""

from django.urls import URLPattern

app_name = "house"
urlpatterns: list[URLPattern] = []
