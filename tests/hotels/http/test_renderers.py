"""Names of members in JSON."""

from django.utils.translation import gettext_lazy
from djangorestframework_camel_case.util import camelize

from hotels.http.renderers import camelized


def test_names_are_those_of_the_library_and_stored_data_is_unchanged() -> None:
    data = {
        "created_at": None,
        "by_job": [{"job_name": "x_y", "average_duration_ms": 1.5}, ("a_b", {"c_d": True})],
        "metadata": {"tasks_created": [{"a_b": 1}]},
        "_hidden": {"x_1": {"effects": {"y_z": 2}}, "x__y": 3},
        "detail": gettext_lazy("Yes"),
    }

    stored = ("metadata", "result", "effects")
    assert camelized(data) == camelize(data, ignore_fields=stored)
