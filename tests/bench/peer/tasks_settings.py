"""Settings of a project with django-tasks-db, in the same database."""

import os

import environ

SECRET_KEY = "of-the-benchmark"
INSTALLED_APPS = ["django_tasks_db"]
DATABASES = {"default": environ.Env.db_url_config(os.environ["DATABASE_URL"])}
DATABASES["default"]["CONN_MAX_AGE"] = None  # as its manual advises for workers
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
