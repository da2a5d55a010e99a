"""Routes of the pages about jobs, below /admin/."""

from django.urls import URLPattern

app_name = "console"
urlpatterns: list[URLPattern] = []
