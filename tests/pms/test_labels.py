"""What people read of models, jobs and the console is ready for translation."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.utils.functional import Promise
from knox.models import AbstractAuthToken

from hotels.models import KeptAnswer
from jobs import registry
from jobs.models import CronDelivery, CronRefusal, Tick

OURS = [model for app in ("hotels", "jobs") for model in apps.get_app_config(app).get_models()]
# What the machinery remembers for itself: no page shows these columns.
UNSEEN = {CronDelivery, CronRefusal, KeptAnswer, Tick}
ADMINS = [
    kept
    for model, kept in admin.site._registry.items()
    if model._meta.app_label in {"hotels", "jobs"}
]


def own_fields(model: type[models.Model]) -> Iterator[Any]:
    """The fields that are the model's own: not the automatic key, nor those of a library's base."""
    theirs = {field.name for field in AbstractAuthToken._meta.get_fields()}
    for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        if not field.auto_created and not (
            issubclass(model, AbstractAuthToken) and field.name in theirs
        ):
            yield field


@pytest.mark.parametrize("app", ["hotels", "jobs"])
def test_an_app_has_a_name_to_translate(app: str) -> None:
    assert isinstance(apps.get_app_config(app).verbose_name, Promise)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_model_has_a_name_to_translate_for_one_and_for_many(model: type[models.Model]) -> None:
    # As the class says them: what Django derives of them is a lazy text too, and in no catalogue.
    said = model._meta.original_attrs

    assert isinstance(said.get("verbose_name"), Promise)
    assert isinstance(said.get("verbose_name_plural"), Promise)


@pytest.mark.parametrize(
    "model", [model for model in OURS if model not in UNSEEN], ids=lambda model: model.__name__
)
def test_every_field_people_see_has_a_name_to_translate(model: type[models.Model]) -> None:
    plain = [f.name for f in own_fields(model) if not isinstance(f.verbose_name, Promise)]

    assert plain == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_help_text_is_to_be_translated(model: type[models.Model]) -> None:
    plain = [
        field.name
        for field in own_fields(model)
        if field.help_text and not isinstance(field.help_text, Promise)
    ]

    assert plain == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_label_of_a_choice_is_to_be_translated(model: type[models.Model]) -> None:
    plain = [
        (field.name, value)
        for field in own_fields(model)
        for value, label in field.flatchoices
        if not isinstance(label, Promise)
    ]

    assert plain == []


def test_every_job_has_a_title_to_translate() -> None:
    assert [job.name for job in registry.all_jobs() if not isinstance(job.title, Promise)] == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: type(page).__name__)
def test_every_computed_column_and_action_has_a_heading_to_translate(page: Any) -> None:
    # What `__str__` heads is the name of the model.
    shown = [*page.list_display, *page.readonly_fields, *(page.fields or ()), *(page.actions or ())]
    for inline in page.inlines:
        shown += inline.fields or ()
    named = [column for column in shown if column != "__str__"]
    computed = [column if callable(column) else getattr(page, column, None) for column in named]

    plain = [
        column.__name__
        for column in computed
        if callable(column) and not isinstance(getattr(column, "short_description", None), Promise)
    ]

    assert plain == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: type(page).__name__)
def test_no_column_is_headed_by_the_path_to_it(page: Any) -> None:
    # Django makes "folio hotel" of folio__hotel, which is in no catalogue.
    named = [column for column in page.list_display if isinstance(column, str)]

    assert [column for column in named if "__" in column.strip("_")] == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: type(page).__name__)
def test_every_title_of_a_group_of_fields_is_to_be_translated(page: Any) -> None:
    titles = [title for title, _ in page.fieldsets or () if title is not None]

    assert [title for title in titles if not isinstance(title, Promise)] == []
