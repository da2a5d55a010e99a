"""What a person may decide about a no-show: who may, which records it fits, what carries it out.

The admin's list and the console's pages offer the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from hotels.models import NoShowRecord
from hotels.no_shows import manager_actions
from hotels.roles import Action

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, kw_only=True)
class ManagerAction:
    """One of the things a person may decide.

    `title` is for many records, `button` for one. `fits` tells from the record alone (with its
    room), without asking the books, whether there is anything to decide; `carry_out` makes sure.
    """

    name: str
    title: _StrOrPromise
    button: _StrOrPromise
    done: _StrOrPromise
    action: Action
    fits: Callable[[NoShowRecord], bool]
    carry_out: Callable[..., NoShowRecord]


class NoteForm(forms.Form):
    """Why a person decides otherwise."""

    note = forms.CharField(
        label=_("Note"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("Kept with the record."),
    )


def _taken_off(record: NoShowRecord) -> bool:
    status = manager_actions.TAKEN_OFF.get(NoShowRecord.Outcome(record.outcome))
    return status is not None and record.booking_room.status == status


def _fee_stands(record: NoShowRecord) -> bool:
    applied = record.outcome == NoShowRecord.Outcome.APPLIED
    return applied and record.fee_line_id is not None


def _up_for_review(record: NoShowRecord) -> bool:
    return record.outcome == NoShowRecord.Outcome.REVIEW


REINSTATE = ManagerAction(
    name="reinstate",
    title=_("Reinstate guests who came after all"),
    button=_("Reinstate"),
    done=_("reinstated"),
    action=Action.REINSTATE,
    fits=_taken_off,
    carry_out=manager_actions.reinstate,
)
WAIVE = ManagerAction(
    name="waive",
    title=_("Waive no-show fees"),
    button=_("Waive the fee"),
    done=_("fee waived"),
    action=Action.WAIVE,
    fits=_fee_stands,
    carry_out=manager_actions.waive,
)
KEEP = ManagerAction(
    name="keep",
    title=_("Keep rooms that were left for review"),
    button=_("Keep the room"),
    done=_("kept"),
    action=Action.REINSTATE,
    fits=_up_for_review,
    carry_out=manager_actions.keep_room,
)
DECISIONS = {decision.name: decision for decision in (KEEP, REINSTATE, WAIVE)}
