"""The filters chosen on the list of executions, for its export."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from jobs.admin.creation_filter import CreationFilter
from jobs.exports import ExportFilters


def filters_of(shown: ChangeList, *, request: HttpRequest) -> ExportFilters:
    """The filters of the list. Raises IncorrectLookupParameters for one that no page offers."""
    used: dict[str, Any] = {}
    for each in shown.filter_specs:
        used |= each.used_parameters
        if isinstance(each, CreationFilter):
            used["since"], used["until"] = each.period
    if any(name.endswith("__isnull") for name in used):
        raise IncorrectLookupParameters
    problems = used.get("problems")
    return ExportFilters(
        hotel_ids=tuple(int(key) for key in used.get("hotel__id__exact", ())),
        statuses=tuple(used.get("status__exact", ())),
        triggers=tuple(used.get("trigger__exact", ())),
        job_name=used.get("job") or "",
        problems={"yes": True, "no": False}.get(problems or ""),
        since=used.get("since"),
        until=used.get("until"),
        search=shown.query.strip(),
        oldest_first=shown.get_ordering(request, shown.root_queryset)[0] in ("id", "pk"),
    )
