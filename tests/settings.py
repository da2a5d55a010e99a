"""Settings of the tests: the project's own, with the environment a test needs."""

import os

from tests.waiting import TIMEOUT

os.environ.setdefault("SECRET_KEY", "of-the-tests-and-no-secret-" + "x" * 40)
# Said here so that a developer's .env does not choose the database of the tests.
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
# With it, each process that a test starts would record all its statements.
os.environ.setdefault("DEBUG", "false")
os.environ.setdefault("JOBS_CONCURRENCY", "1")
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("HTTPS", "false")

from pms.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Every client of the tests would go through all static files first.
WHITENOISE_USE_FINDERS = False

if "pool" in DATABASES["default"]["OPTIONS"]:  # noqa: F405
    # Tests race more threads than a command would use.
    DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = 20  # noqa: F405
    # How long a worker waits for a connection; less where a test lets the server have none left.
    DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = float(  # noqa: F405
        os.environ.get("TEST_POOL_TIMEOUT", TIMEOUT)
    )
else:
    # How long a writer waits for the others.
    DATABASES["default"]["OPTIONS"]["timeout"] = TIMEOUT  # noqa: F405

# As with a replica, which tests stand in for.
DATABASE_ROUTERS = ["hotels.read_replica.Router"]

# Counting requests in the database would count as queries of what is tested.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Tests let days pass for users who are logged in.
SESSION_COOKIE_AGE = 14 * 24 * 3600
