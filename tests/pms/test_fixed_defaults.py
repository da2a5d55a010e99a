"""Django's checks of the models find no fault, whatever the time is."""

from datetime import UTC, datetime, time

import pytest
import time_machine
from django.apps import apps
from django.core import checks
from django.db import models

pytestmark = pytest.mark.once

# The times of day that a hotel starts with.
DEFAULTS = {
    "day_close_time": time(3),
    "check_out_time": time(11),
    "check_in_time": time(15),
    "release_time": time(18),
}


@pytest.mark.parametrize("at", DEFAULTS.values(), ids=DEFAULTS)
def test_the_checks_have_no_warning_at_a_default_time_of_day(at: time) -> None:
    with time_machine.travel(datetime(2026, 7, 15, at.hour, 0, 5, tzinfo=UTC), tick=False):
        found = checks.run_checks(tags=[checks.Tags.models])

    assert [str(each) for each in found if not each.is_silenced()] == []


def test_only_times_of_day_are_fixed_defaults() -> None:
    """What the silenced check would find: a date of the start of the process, never a new one."""
    fixed = {
        field.name: field.default
        for app in ("hotels", "jobs")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateField | models.TimeField)
        and field.has_default()
        and not callable(field.default)
    }

    assert fixed == DEFAULTS
