"""Action items from the latest executions: failed jobs and folios without an invoice."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels.console.action_items import ActionItem
from jobs.console.home.job_status import JobStatus
from jobs.models import JobExecution, Status

# Its skipped folios need attention: a folio without an invoice is not paid.
INVOICING = "generate-invoices"


def job_action_items(statuses: Mapping[str, Sequence[JobStatus]]) -> list[ActionItem]:
    """Return the action items, failures first. `statuses` are by job name. Takes one query."""
    all_statuses = [each for of_job in statuses.values() for each in of_job]
    return [*_failures(all_statuses), *_not_invoiced(statuses.get(INVOICING, ()))]


def _failures(statuses: Iterable[JobStatus]) -> Iterable[ActionItem]:
    for each in statuses:
        if each.newest is not None and each.status == Status.FAILED:
            text = _("%(job)s failed") % {"job": each.job.title}
            yield ActionItem(
                hotel=each.hotel, icon="error", words=text, url=_receipt(each.newest.pk)
            )


def _not_invoiced(statuses: Sequence[JobStatus]) -> Iterable[ActionItem]:
    hotels = {
        each.newest.pk: each.hotel
        for each in statuses
        if each.newest is not None and each.status == Status.COMPLETED
    }
    rows = JobExecution.objects.filter(pk__in=hotels).order_by("pk")
    skipped = rows.values_list("pk", KeyTransform("skipped", "result"))
    for pk, folios in skipped:
        if folios:
            text = ngettext(
                "%(count)d completed folio has no invoice",
                "%(count)d completed folios have no invoice",
                len(folios),
            ) % {"count": len(folios)}
            yield ActionItem(hotel=hotels[pk], icon="request_quote", words=text, url=_receipt(pk))


def _receipt(pk: int) -> str:
    return reverse("admin:jobs_jobexecution_change", args=[pk])
