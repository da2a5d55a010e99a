"""Swagger UI of the API, served from local static files."""

from django.contrib.auth.decorators import login_required
from drf_spectacular.views import SpectacularSwaggerSplitView

# Others are redirected to the login. The script stands in a request of its own, as no page may
# contain one.
swagger = login_required(SpectacularSwaggerSplitView.as_view(url_name="api:schema"))
