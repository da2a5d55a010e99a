"""The lines logged while an execution ran."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models.scoping import HotelScoped
from jobs.models.execution import JobExecution


class ExecutionLog(HotelScoped):
    """The last lines logged while an execution ran; no row if there were none.

    They can name rows of other hotels, so only superusers see them. Deleted with the execution.
    """

    hotel_path = "execution__hotel"

    execution = models.OneToOneField(
        JobExecution,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="log",
        verbose_name=_("job execution"),
    )
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("log of an execution")
        verbose_name_plural = _("logs of executions")

    def __str__(self) -> str:
        return f"#{self.execution_id}"
