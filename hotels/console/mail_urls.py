"""Routes for recipients of e-mails and for the hosted sender, below /mail/."""

from django.urls import include, path

from hotels.console.unsubscribe.views import Unsubscribe
from hotels.http.mail_events import mail_event_routes

app_name = "mail"
urlpatterns = [
    path("unsubscribe/<str:token>/", Unsubscribe.as_view(), name="unsubscribe"),
    path("events/", include(mail_event_routes())),
]
