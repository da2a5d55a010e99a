"""Sentences for the rules of the no-show check, as shown to users."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hotels.no_shows import rules

RULES: dict[str, str | Promise] = {
    rules.RELEASE: _("No-show, not guaranteed: released without a fee"),
    rules.LAPSED: _("Tentative booking never confirmed: released without a fee"),
    rules.NO_SHOW: _("No-show, guaranteed: fee charged under the no-show policy"),
    rules.NO_SHOW_DEPOSIT: _(
        "No-show, guaranteed by a deposit: fee charged under the no-show policy"
    ),
    rules.REVIEW: _("Other guests of the booking have checked in: decision needed"),
    rules.REVIEW_DEPARTED: _("The departure date passed without a check-in: decision needed"),
    rules.CHARGED: _("No-show fee charged after a decision"),
    rules.RELEASED: _("Released without a fee after a decision"),
}


def rule_label(rule: str) -> str:
    """Return the sentence for a stored rule, the rule itself if there is none."""
    return str(RULES.get(rule, rule))
