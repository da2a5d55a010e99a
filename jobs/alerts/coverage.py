"""The hotels a rule covers: those its owner manages now, and the hotel is active."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model

from hotels.models import Hotel, Membership
from hotels.roles import ROLES, Action
from jobs.models import AlertRule


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Active hotels by id, and the ids that each rule covers, by its key.

    A rule of an owner who is no longer active, or manages no hotel, is missing.
    """

    hotels: Mapping[int, Hotel]
    by_rule: Mapping[int, frozenset[int]]


def coverage_of(rules: Sequence[AlertRule]) -> Coverage:
    """Return the hotels of the rules, in four queries however many rules and hotels there are."""
    owners = {rule.owner_id for rule in rules}
    users = get_user_model().objects.filter(pk__in=owners, is_active=True)
    is_superuser = dict(users.values_list("pk", "is_superuser"))
    managed: dict[int, set[int]] = {pk: set() for pk in is_superuser}
    members = Membership.objects.filter(
        user__in=is_superuser, active=True, hotel__active=True, role__in=ROLES[Action.CONFIGURE]
    )
    for user_id, hotel_id in members.values_list("user_id", "hotel_id"):
        managed[user_id].add(hotel_id)
    hotels = Hotel.objects.filter(active=True)
    if not any(is_superuser.values()):
        hotels = hotels.filter(pk__in=set().union(*managed.values()))
    active = {hotel.pk: hotel for hotel in hotels.order_by("name", "pk")}
    chosen = _chosen(rules)
    by_rule = {}
    for rule in rules:
        if rule.owner_id not in is_superuser:
            continue
        own = active.keys() if is_superuser[rule.owner_id] else managed[rule.owner_id]
        covered = frozenset(own) if rule.all_hotels else frozenset(own) & chosen[rule.pk]
        if covered:
            by_rule[rule.pk] = covered
    return Coverage(hotels=active, by_rule=by_rule)


def _chosen(rules: Iterable[AlertRule]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = {rule.pk: set() for rule in rules}
    through = AlertRule.hotels.through.objects.filter(alertrule_id__in=found)
    for rule_id, hotel_id in through.values_list("alertrule_id", "hotel_id"):
        found[rule_id].add(hotel_id)
    return found
