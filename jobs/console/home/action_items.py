"""What the newest executions leave for a person: failures without a try left, folios skipped."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels.console.action_items import ActionItem
from jobs.console.home.job_status import JobStatus
from jobs.models import JobExecution, Status

# The job whose skips somebody has to look into: a folio without an invoice is money not asked for.
INVOICING = "generate-invoices"


def items_left_by_jobs(standing: Mapping[str, Sequence[JobStatus]]) -> list[ActionItem]:
    """Failures first; one query."""
    everywhere = [each for of_job in standing.values() for each in of_job]
    return [*_failures(everywhere), *_not_invoiced(standing.get(INVOICING, ()))]


def _failures(standing: Iterable[JobStatus]) -> Iterable[ActionItem]:
    for each in standing:
        if each.newest is not None and each.status == Status.FAILED:
            words = _("%(job)s failed") % {"job": each.job.title}
            yield ActionItem(
                hotel=each.hotel, icon="error", words=words, url=_receipt(each.newest.pk)
            )


def _not_invoiced(standing: Sequence[JobStatus]) -> Iterable[ActionItem]:
    hotels = {
        each.newest.pk: each.hotel
        for each in standing
        if each.newest is not None and each.status == Status.COMPLETED
    }
    rows = JobExecution.objects.filter(pk__in=hotels).order_by("pk")
    skipped = rows.values_list("pk", KeyTransform("skipped", "result"))
    for pk, folios in skipped:
        if folios:
            words = ngettext(
                "%(count)d completed folio was not invoiced",
                "%(count)d completed folios were not invoiced",
                len(folios),
            ) % {"count": len(folios)}
            yield ActionItem(hotel=hotels[pk], icon="request_quote", words=words, url=_receipt(pk))


def _receipt(pk: int) -> str:
    return reverse("admin:jobs_jobexecution_change", args=[pk])
