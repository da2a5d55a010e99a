"""Verbs of the audit trail: their stored names and the labels shown for them.

Another app registers its own verbs once, in a module its AppConfig imports when it is ready:

    class SpaVerb(models.TextChoices):
        TREAT = "treat", _("treated")

    for verb in SpaVerb:
        register_verb(verb.value, verb.label)
"""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hotels.models.audit import VERB_LENGTH

Label = str | Promise


class Verb(models.TextChoices):
    """Verbs for changes to hotel data. A database column holds any registered verb."""

    ADD = "add", _("added")
    CHANGE = "change", _("changed")
    DELETE = "delete", _("deleted")
    WAIVE = "waive", _("waived the fee")
    REINSTATE = "reinstate", _("reinstated")
    KEEP = "keep", _("kept the room")
    CHARGE = "charge", _("charged the no-show fee")
    RELEASE = "release", _("released the room")
    ASSIGN = "assign", _("assigned")
    START = "start", _("started")
    COMPLETE = "complete", _("completed")
    ISSUE = "issue", _("issued")
    REFUND = "refund", _("refunded")
    MOVE = "move", _("moved")
    INVITE = "invite", _("invited")
    DECLINE = "decline", _("declined")
    GRANT = "grant", _("granted")
    REVOKE = "revoke", _("revoked")
    RESEND = "resend", _("sent again")
    CANCEL_MESSAGE = "cancel_msg", _("cancelled the message")
    LOG_IN = "log_in", _("logged in")
    LOG_OUT = "log_out", _("ended sessions")
    TEST = "test", _("tested")
    FAIL_LOGIN = "fail_login", _("entered a wrong password")


_labels: dict[str, Label] = {}


def register_verb(name: str, label: Label) -> None:
    """Allow the verb `name` in the audit trail and show it as `label`.

    Raises ValueError when the name is empty, too long for its column, or registered already.
    """
    if not 0 < len(name) <= VERB_LENGTH:
        raise ValueError(f"The audit verb {name!r} must have 1 to {VERB_LENGTH} characters.")
    if name in _labels:
        raise ValueError(f"The audit verb {name!r} is already registered, as {_labels[name]!s}.")
    _labels[name] = label


def is_registered(name: str) -> bool:
    """Return whether the verb may be recorded."""
    return name in _labels


def label_of(name: str) -> str:
    """Return the label of a verb; the name itself for one that is no longer registered."""
    return str(_labels.get(name, name))


def choices() -> list[tuple[str, Label]]:
    """Return name and label of every registered verb, in order of registration."""
    return list(_labels.items())


for _verb in Verb:
    register_verb(_verb.value, _verb.label)
