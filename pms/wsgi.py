"""The WSGI entry point for application servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pms.settings")
# A wrong setting ends the process (pms.env.refuse). gunicorn would start workers again without end,
# at full speed, but not after this code: then it ends too.
_WORKER_BOOT_ERROR = 3

try:
    application = get_wsgi_application()
except SystemExit as refused:
    raise SystemExit(_WORKER_BOOT_ERROR) from refused
