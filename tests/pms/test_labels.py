"""Names of models, fields, choices, jobs and admin columns are translatable."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.utils.functional import Promise
from knox.models import AbstractAuthToken

from hotels.models import AttemptCount, ChainHead, Destination, KeptAnswer, PushKey, Seal
from jobs import registry
from jobs.models import (
    CronDelivery,
    ExecutionCounter,
    ExecutionExport,
    ExecutionExportPart,
    PreviewRequest,
    Tick,
)

pytestmark = pytest.mark.once

OURS = [model for app in ("hotels", "jobs") for model in apps.get_app_config(app).get_models()]
# Internal models: no page shows their fields.
INTERNAL = {
    *(AttemptCount, ChainHead, CronDelivery, Destination, ExecutionCounter, KeptAnswer),
    *(ExecutionExport, ExecutionExportPart, PreviewRequest, PushKey, Seal, Tick),
}
ADMINS = [
    model_admin
    for model, model_admin in admin.site._registry.items()
    if model._meta.app_label in {"hotels", "jobs"}
]


def own_fields(model: type[models.Model]) -> Iterator[Any]:
    """Yield the fields the model defines, without the automatic key and a library's base."""
    inherited = {field.name for field in AbstractAuthToken._meta.get_fields()}
    for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        if not field.auto_created and not (
            issubclass(model, AbstractAuthToken) and field.name in inherited
        ):
            yield field


@pytest.mark.parametrize("app", ["hotels", "jobs"])
def test_an_app_has_a_translatable_name(app: str) -> None:
    assert isinstance(apps.get_app_config(app).verbose_name, Promise)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_model_has_a_translatable_singular_and_plural(model: type[models.Model]) -> None:
    # Taken from the class: the names Django derives are lazy texts too, but untranslated.
    declared = model._meta.original_attrs

    assert isinstance(declared.get("verbose_name"), Promise)
    assert isinstance(declared.get("verbose_name_plural"), Promise)


@pytest.mark.parametrize(
    "model", [model for model in OURS if model not in INTERNAL], ids=lambda model: model.__name__
)
def test_every_visible_field_has_a_translatable_name(model: type[models.Model]) -> None:
    untranslatable = [f.name for f in own_fields(model) if not isinstance(f.verbose_name, Promise)]

    assert untranslatable == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_help_text_is_translatable(model: type[models.Model]) -> None:
    untranslatable = [
        field.name
        for field in own_fields(model)
        if field.help_text and not isinstance(field.help_text, Promise)
    ]

    assert untranslatable == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_choice_has_a_translatable_label(model: type[models.Model]) -> None:
    untranslatable = [
        (field.name, value)
        for field in own_fields(model)
        for value, label in field.flatchoices
        # Languages are named in their own language.
        if not isinstance(label, Promise) and (value, label) not in settings.LANGUAGES
    ]

    assert untranslatable == []


def test_every_job_has_a_translatable_title() -> None:
    assert [job.name for job in registry.all_jobs() if not isinstance(job.title, Promise)] == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: type(page).__name__)
def test_every_computed_column_and_action_has_a_translatable_heading(page: Any) -> None:
    # The heading of `__str__` is the name of the model.
    shown = [*page.list_display, *page.readonly_fields, *(page.fields or ()), *(page.actions or ())]
    for inline in page.inlines:
        shown += inline.fields or ()
    named = [column for column in shown if column != "__str__"]
    computed = [column if callable(column) else getattr(page, column, None) for column in named]

    untranslatable = [
        column.__name__
        for column in computed
        if callable(column) and not isinstance(getattr(column, "short_description", None), Promise)
    ]

    assert untranslatable == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: type(page).__name__)
def test_no_column_takes_its_heading_from_a_lookup_path(page: Any) -> None:
    # Django derives "folio hotel" from folio__hotel, which has no translation.
    named = [column for column in page.list_display if isinstance(column, str)]

    assert [column for column in named if "__" in column.strip("_")] == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: type(page).__name__)
def test_every_fieldset_title_is_translatable(page: Any) -> None:
    titles = [title for title, _ in page.fieldsets or () if title is not None]

    assert [title for title in titles if not isinstance(title, Promise)] == []
