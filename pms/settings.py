"""Django settings, read from the environment (see README, Settings)."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from pms.env import EXECUTORS, POSTGRESQL, SILENT_REPLICA, Environment, refuse
from pms.theme import UNFOLD as UNFOLD  # read by the app unfold

BASE_DIR = Path(__file__).resolve().parent.parent
_env = Environment(dotenv=BASE_DIR / ".env")

SECRET_KEY = _env.text("SECRET_KEY")
# Earlier values of SECRET_KEY: what was signed or encrypted under one of them can still be read.
SECRET_KEY_FALLBACKS = _env.secrets("SECRET_KEY_FALLBACKS", shortest=1)
DEBUG = _env.boolean("DEBUG", default=False)
ALLOWED_HOSTS = _env.hosts("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CRON_SECRET = _env.secrets("CRON_SECRET", shortest=16)
CRON_TIME_BUDGET = _env.seconds("CRON_TIME_BUDGET", default="4", most=3600)
# Whether the site is reached over TLS. Plain HTTP is for a developer's machine.
HTTPS = _env.boolean("HTTPS", default=not DEBUG)
# Number of own reverse proxies: that many entries of X-Forwarded-For are trusted.
TRUSTED_PROXIES = _env.integer("TRUSTED_PROXIES", default=0, least=0, most=10)
# A second address on which gunicorn answers only the health endpoints.
HEALTH_ADDRESS = _env.address("HEALTH_ADDRESS")

# Called after every tick, so that a monitor outside notices when the tick itself stops.
HEARTBEAT_URL = _env.web_address("HEARTBEAT_URL")

# Secrets with which Prometheus may read /metrics; without one the page is closed.
METRICS_TOKEN = _env.secrets("METRICS_TOKEN", shortest=16)

# A collector of OpenTelemetry, for traces, and a receiver of crashes; off without an address.
OTEL_EXPORTER_OTLP_ENDPOINT = _env.web_address("OTEL_EXPORTER_OTLP_ENDPOINT")
SENTRY_DSN = _env.sentry_dsn("SENTRY_DSN")

JOBS_EXECUTOR = _env.choice("JOBS_EXECUTOR", allowed=EXECUTORS)
JOBS_CONCURRENCY = _env.integer("JOBS_CONCURRENCY", default=4, least=1, most=1000)
# Hotels in one message of the queue, and hotels in which a job may run at once through it.
JOBS_SHARD_SIZE = _env.integer("JOBS_SHARD_SIZE", default=50, least=1, most=1000)
JOBS_LIMITS = _env.limits("JOBS_LIMITS")
# Days after which the tick deletes executions; 0: never. The console's figures cover 30 days.
JOBS_KEEP_DAYS = _env.integer("JOBS_KEEP_DAYS", default=400, least=31, most=36_500, or_zero=True)

DATABASES = {
    "default": _env.database(
        "DATABASE_URL",
        default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}",
        pool_size=JOBS_CONCURRENCY,
    )
}
IS_POSTGRESQL = DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
if JOBS_EXECUTOR == "queue" and not IS_POSTGRESQL:
    refuse("JOBS_EXECUTOR is 'queue', which needs PostgreSQL; DATABASE_URL names SQLite.")
# Whether DATABASE_URL leads to a pooler such as PgBouncer that changes the session with each
# transaction: then nothing may be kept in a session.
TRANSACTION_POOLING = IS_POSTGRESQL and _env.boolean("TRANSACTION_POOLING", default=False)
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = TRANSACTION_POOLING
# A streaming standby from which lists and statistics are read.
if _env.text("DATABASE_REPLICA_URL", default=""):
    if not IS_POSTGRESQL:
        refuse("DATABASE_REPLICA_URL is set, which needs PostgreSQL; DATABASE_URL names SQLite.")
    DATABASES["replica"] = _env.database(
        "DATABASE_REPLICA_URL", default="", pool_size=JOBS_CONCURRENCY, schemes=POSTGRESQL
    )
    DATABASES["replica"]["DISABLE_SERVER_SIDE_CURSORS"] = TRANSACTION_POOLING
    DATABASE_ROUTERS = ["hotels.read_replica.Router"]
    # If it is away, the primary answers.
    DATABASES["replica"]["OPTIONS"] |= SILENT_REPLICA
    DATABASES["replica"]["OPTIONS"]["pool"]["timeout"] = SILENT_REPLICA["connect_timeout"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

vars().update(_env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = _env.seconds("EMAIL_TIMEOUT", default="10", most=30)
# The address of this site in e-mails, such as https://office.hotel.example.
SITE_URL = _env.site("SITE_URL")
DEFAULT_FROM_EMAIL = _env.sender("DEFAULT_FROM_EMAIL", default="back-office@localhost")

# Internal receivers to which webhooks may be sent, also without TLS; all others must be public.
WEBHOOK_ALLOWED_HOSTS = _env.receivers("WEBHOOK_ALLOWED_HOSTS")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "pms.apps.ConsoleAdminConfig",
    "hotels",  # before django.contrib.auth, whose command `changepassword` it replaces
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "jobs",
]
if JOBS_EXECUTOR == "queue":
    # Its tables hold messages, which its own migrations make; SQLite could not run these.
    INSTALLED_APPS.append("procrastinate.contrib.django")
    PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
MIDDLEWARE = [
    "pms.request_ids.RequestIdMiddleware",
    "pms.request_traces.RequestTraceMiddleware",
    "pms.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pms.response_headers.ResponseHeadersMiddleware",
    "hotels.http.middleware.ApiMiddleware",
    "pms.request_limits.RequestSizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hotels.http.session_limits.SessionLimitsMiddleware",
    "hotels.http.sessions.SessionUseMiddleware",
    "pms.language.UserLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pms.deadlocks.DeadlockMiddleware",
]
ROOT_URLCONF = "pms.urls"
WSGI_APPLICATION = "pms.wsgi.application"
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
AUTHENTICATION_BACKENDS = ["hotels.http.login.GuardedBackend"]
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
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "hotels.http.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "hotels.http.permissions.IsSignedIn",
        "hotels.http.permissions.TokenMayWrite",
        "hotels.http.permissions.RoleAllows",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "hotels.http.renderers.CamelCaseRenderer",
        "hotels.http.renderers.BrowsableRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["hotels.http.parsers.CamelCaseJsonParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "hotels.http.problem.handle_exception",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_THROTTLE_CLASSES": ["hotels.http.throttling.RequestsPerUser"],
    "DEFAULT_THROTTLE_RATES": {
        "user": "600/min",
    },
    # Entries of X-Forwarded-For to trust; without a proxy, any client could forge the header.
    "NUM_PROXIES": TRUSTED_PROXIES,
}
JSON_CAMEL_CASE = {
    # Data stored by jobs is returned unchanged.
    "JSON_UNDERSCOREIZE": {
        "no_underscore_before_number": True,
        "ignore_fields": ("metadata", "result", "effects"),
    }
}
KNOX_TOKEN_MODEL = "hotels.ApiToken"  # noqa: S105  a model, no password
REST_KNOX = {"TOKEN_TTL": None}
MIGRATION_MODULES = {"knox": None}  # its table is not made: ApiToken replaces it
SPECTACULAR_SETTINGS = {
    "TITLE": "Hotel back office",
    "DESCRIPTION": "Run the jobs of your hotels, and read their executions, schedules and results.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["hotels.http.permissions.IsSignedIn"],
    "SCHEMA_PATH_PREFIX": "/api",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.contrib.djangorestframework_camel_case.camelize_serializer_fields",
        "drf_spectacular.hooks.postprocess_schema_enums",
        "jobs.api.schema.hooks.describe_jobs",
        "hotels.http.openapi_hooks.add_webhooks",
        "hotels.http.openapi_hooks.finish",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "jobs.models.Status",
        "TriggerEnum": "jobs.models.Trigger",
        "MessageStatusEnum": "hotels.models.Message.Status",
        "InvoicePaymentStatusEnum": "hotels.models.Invoice.PaymentStatus",
        "MessageChannelEnum": "hotels.models.Message.Channel",
        "InvoiceKindEnum": "hotels.models.Invoice.Kind",
        "AlertKindEnum": "jobs.models.AlertKind",
    },
}
LOGIN_URL = "rest_framework:login"
LOGIN_REDIRECT_URL = "admin:index"

# Shared by all processes and machines for rate limits; a migration makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "jobs_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("pt", "Português")]
FORMAT_MODULE_PATH = ["pms.date_formats"]  # else the admin writes "July 15, 2026, 2:14 a.m."
LOCALE_PATHS = [BASE_DIR / "pms" / "locale"]  # these take precedence over the libraries' own
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
# Taken for a forgotten `now` within ten seconds of a fixed default, as at 03:00: but a business day
# closes by the clock, whatever the time is now. So do the other times of day a hotel starts with.
SILENCED_SYSTEM_CHECKS = ["fields.W161"]
STATIC_URL = "/static/"
# Only for `collectstatic`, when another server delivers the files.
STATIC_ROOT = _env.text("STATIC_ROOT", default="") or None
# The site serves static files straight from the packages: `collectstatic` is not needed.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SECURE_SSL_REDIRECT = HTTPS
# A redirect would break POST requests of programs: hotels.http.middleware refuses them instead.
# Prometheus reads /metrics past the proxy, as crontab calls the cron routes.
SECURE_REDIRECT_EXEMPT = [r"^api(/|$)", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_ENGINE = "hotels.http.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # Browsers accept cookies of such names only over TLS and from this host, not from a sibling.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
# After so long without activity, and so long after the log-in, a user has to log in again.
SESSION_IDLE_TIMEOUT = timedelta(
    minutes=_env.integer("SESSION_IDLE_TIMEOUT", default=60, least=5, most=20_160)
)
SESSION_LIFETIME = timedelta(
    minutes=_env.integer("SESSION_LIFETIME", default=720, least=5, most=20_160)
)
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "pms.error_pages.csrf_failure"
MAX_REQUEST_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
MAX_API_REQUEST_BYTES = 64 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# All to standard error, which gunicorn, systemd and cron collect.
LOG_FORMAT = _env.choice("LOG_FORMAT", allowed=("console", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request": {"()": "pms.request_ids.RequestIdFilter"},
        "not on a terminal": {"()": "pms.logs.NotOnTerminal"},
    },
    "formatters": {LOG_FORMAT: {"()": f"pms.logs.{LOG_FORMAT}_formatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request", "not on a terminal"],
        },
        # Kept with the execution that runs in the thread.
        "execution": {"class": "jobs.execution_log.CollectingHandler"},
    },
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "jobs.executions": {"level": "INFO"},  # one line for each execution
        "jobs.services": {"level": "INFO"},
        "jobs.http_cron": {"level": "INFO"},
        "hotels.seals": {"level": "INFO"},  # the nightly anchor
    },
    "root": {"handlers": ["stderr", "execution"], "level": "WARNING"},
}
# Filled from the registered jobs when the app `jobs` is ready: a new job needs no change here.
CRONJOBS: list[tuple[str, str]] = []
