"""Audit verbs of users on jobs and their alerts. `JobsConfig` imports this module."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.audit.verbs import register_verb


class JobVerb(models.TextChoices):
    """Actions of users on jobs, as the audit trail records them."""

    RUN = "run", _("ran")
    RETRY = "retry", _("retried")
    CANCEL = "cancel", _("cancelled")
    ACKNOWLEDGE = "acknowledge", _("acknowledged")
    SNOOZE = "snooze", _("snoozed")


for _verb in JobVerb:
    register_verb(_verb.value, _verb.label)
