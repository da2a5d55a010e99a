"""The alerts, rules and channels that a user may see and change."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from hotels.models import ChatChannel
from hotels.models.scoping import Person
from hotels.roles import Access, Action
from jobs.models import Alert, AlertKind, AlertPart, AlertRule


def alerts_of(*, user: Person, access: Access, personal: bool = True) -> QuerySet[Alert]:
    """Return the alerts that the user may see, acknowledge and snooze.

    They are those of the user's own rules, and those of others whose hotels the user all manages.
    The former only if the request is `personal`: not with a token that is limited to hotels.
    """
    if access.everywhere:
        return Alert.objects.all()
    parts = AlertPart.objects.filter(alert=OuterRef("pk"))
    managed = access.hotel_ids(action=Action.CONFIGURE)
    own = Q(rule__owner_id=user.pk)
    colleagues = Q(Exists(parts)) & ~Q(Exists(parts.exclude(hotel_id__in=managed)))
    return Alert.objects.filter(own | colleagues if personal else colleagues)


def worker_alerts(*, user: Person, access: Access) -> QuerySet[Alert]:
    """Return the open alerts about workers that the user may see, the oldest first."""
    rows = alerts_of(user=user, access=access).filter(closed_at=None, rule__kind=AlertKind.WORKER)
    return rows.select_related("rule").order_by("opened_at", "pk")


def parts_of(alert: Alert, *, access: Access) -> list[AlertPart]:
    """Return the hotels of an alert that the user may see now, with the hotels, by name."""
    rows = access.narrow(AlertPart.objects.filter(alert=alert), action=Action.SEE)
    return list(rows.select_related("hotel").order_by("hotel__name", "pk"))


def rules_of(*, user: Person, access: Access, personal: bool = True) -> QuerySet[AlertRule]:
    """Return the rules that the user may change: the user's own; all for a superuser.

    None if the request is not `personal`: a rule is about all hotels of a person.
    """
    if not personal:
        return AlertRule.objects.none()
    return AlertRule.objects.all() if access.everywhere else AlertRule.objects.filter(owner=user.pk)


def channels_of(*, user: Person) -> QuerySet[ChatChannel]:
    """Return the user's own channels."""
    return ChatChannel.objects.filter(owner_id=user.pk)
