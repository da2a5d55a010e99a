"""Fixtures of the API tests."""

from tests.hotels.http.clients import _fresh_throttles as _fresh_throttles
from tests.hotels.http.clients import manager as manager
from tests.hotels.http.clients import member as member
from tests.hotels.http.clients import superuser as superuser
