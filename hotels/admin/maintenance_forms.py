"""Forms of maintenance plans and of rows with a checklist."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.admin.form_choices import OneHotelForm
from hotels.maintenance.plans import forecast, prepare_plan

TIMING = frozenset({"interval_value", "interval_unit", "mode", "anchor_date"})
DATES_SHOWN = 3


class ChecklistForm(OneHotelForm):
    """Form of rows with a checklist, a JSON list of steps."""

    def clean_checklist(self) -> list[str]:
        """Return the steps, an empty list for none.

        Raises ValidationError for any other JSON: work orders copy the list and print it by line.
        """
        steps = self.cleaned_data["checklist"] or []
        valid = isinstance(steps, list) and all(isinstance(s, str) and s.strip() for s in steps)
        if not valid:
            raise ValidationError(_('Write a list of steps, such as ["Switch off", "Test run"].'))
        return list(steps)


class PlanForm(ChecklistForm):
    """Form of a maintenance plan; a change of its due dates is shown first and saved second.

    `confirmed` has the due dates that were shown. If they are others by the time the form is
    posted again, the new ones are shown.
    """

    confirmed = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    def validate_unique(self) -> None:
        """Check all constraints of the plan, and that the user has seen its new due dates."""
        if self.instance.pk is None or self.errors:
            super().validate_unique()
            return
        today = self.instance.equipment.hotel.business_date(timezone.now())
        record = prepare_plan(plan=self.instance, today=today)
        super().validate_unique()
        if TIMING.isdisjoint(self.changed_data):
            return
        try:
            dates = forecast(record=record, today=today, count=DATES_SHOWN)
        except ValueError:
            self.add_error(
                "interval_value",
                _("Enter an interval of at least 1 whose due dates are before the year 10000."),
            )
            return
        seen = " ".join(day.isoformat() for day in dates)
        if dates and self.cleaned_data.get("confirmed") != seen:
            self._show(", ".join(formats.date_of(day) for day in dates), seen=seen)

    def _show(self, dates: str, *, seen: str) -> None:
        """Show the next due dates as an error, which the form posted once more does not have."""
        counted_from = self.instance.counted_from_date
        if counted_from is None:
            text = _("The next due dates will be %(dates)s. Save again to confirm.")
        else:
            text = _(
                "Counted from %(start)s, the next due dates will be %(dates)s. "
                "Save again to confirm."
            )
        start = formats.date_of(counted_from) if counted_from else ""
        self.add_error("interval_value", text % {"dates": dates, "start": start})
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict in the admin
        self.data[self.add_prefix("confirmed")] = seen  # type: ignore[index]
