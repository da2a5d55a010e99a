"""Settings of the project, all from the environment (see README, Settings)."""

from pathlib import Path

from pms.env import EXECUTORS, Environment

BASE_DIR = Path(__file__).resolve().parent.parent
_env = Environment(dotenv=BASE_DIR / ".env")

SECRET_KEY = _env.text("SECRET_KEY")
DEBUG = _env.flag("DEBUG", default=False)
ALLOWED_HOSTS = _env.hosts("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CRON_SECRET = _env.names("CRON_SECRET", default=[])

JOBS_EXECUTOR = _env.choice("JOBS_EXECUTOR", allowed=EXECUTORS)
JOBS_CONCURRENCY = _env.whole("JOBS_CONCURRENCY", default=4, least=1, most=1000)

DATABASES = {
    "default": _env.database(
        "DATABASE_URL",
        default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}",
        pool_size=JOBS_CONCURRENCY,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

vars().update(_env.email("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = _env.sender("DEFAULT_FROM_EMAIL", default="back-office@localhost")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "hotels",
    "jobs",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "pms.urls"
WSGI_APPLICATION = "pms.wsgi.application"
ASGI_APPLICATION = "pms.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"

# Filled from the registered jobs when the app `jobs` is ready: a sixth job edits nothing here.
CRONJOBS: list[tuple[str, str]] = []
