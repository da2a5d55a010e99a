"""Routes of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from hotels.admin.own_password import change_own_password
from hotels.api.urls import urlpatterns as hotel_api
from jobs.api.urls import urlpatterns as job_api
from jobs.metrics.views import metrics
from pms.error_pages import unknown_path

admin.autodiscover()
admin.site.site_header = admin.site.site_title = _("Hotel back office")

handler400 = "pms.error_pages.bad_request"
handler403 = "pms.error_pages.forbidden"
handler404 = "pms.error_pages.not_found"
handler500 = "pms.error_pages.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # Browsers request it for responses that are not HTML pages, such as PDFs.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("console/icon.svg"))),
    path("admin/password_change/", admin.site.admin_view(change_own_password, cacheable=True)),
    path("admin/search/", unknown_path),  # disable unfold's search, which no page uses
    path("admin/", include("jobs.console.urls")),
    path("admin/", include("hotels.console.urls")),
    path("admin/", admin.site.urls),
    path("mail/", include("hotels.console.mail_urls")),
    path("api/cron/", include("jobs.http_cron.urls")),
    path("api/", include(([*hotel_api, *job_api], "api"))),
    re_path(r"^api(?:/|$)", unknown_path),  # a problem even with DEBUG, not Django's list of routes
    path("metrics", metrics),
    path("status/", include("jobs.wall_screens.urls")),
    path("language/", include("django.conf.urls.i18n")),  # sets the language of the user
    path("session/", include("rest_framework.urls")),  # login and logout of the browsable API
]
