"""Action items about the workers of the queue, for those who may open their page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hotels import formats
from hotels.action_items import ActionItem, ItemKind
from hotels.roles import Access
from jobs import queue
from jobs.models import JobExecution
from jobs.tick import TOO_LONG

WORKERS = ItemKind(key="workers", label=gettext_lazy("Workers"), icon="dns", tone="bad")
# The subjects, as in the groups of alerts about workers.
NONE, WAITING = "none", "waiting"
# A restart of the workers takes about a minute.
NO_WORKER_AFTER = timedelta(minutes=5)


def worker_action_items(*, access: Access, now: datetime) -> list[ActionItem]:
    """Return the items if no worker is at work, or executions wait for one `TOO_LONG`.

    They are for superusers, as is the page of the workers. Empty without the queue, and then
    without a query.
    """
    if not (access.everywhere and queue.is_used()):
        return []
    items = []
    since = queue.unattended_since()
    if since is not None and now - since > NO_WORKER_AFTER:
        items.append(_item(NONE, partial(_none_text, now - since)))
    late = JobExecution.objects.ready(now=now).waiting_since(before=now - TOO_LONG)
    if waiting := queue.without_limited(late).count():
        items.append(_item(WAITING, partial(_waiting_text, waiting)))
    return items


def _item(subject: str, make_text: Callable[[], str]) -> ActionItem:
    page = partial(reverse, "jobs:workers")
    return ActionItem(hotel=None, kind=WORKERS, subject=subject, make_text=make_text, make_url=page)


def _none_text(silence: timedelta) -> str:
    words = _("No worker at work for %(age)s: the tick runs the jobs itself.")
    return words % {"age": formats.lateness(silence)}


def _waiting_text(count: int) -> str:
    text = ngettext(
        "%(count)s execution waits for a worker.",
        "%(count)s executions wait for a worker.",
        count,
    )
    return text % {"count": formats.number(count)}
