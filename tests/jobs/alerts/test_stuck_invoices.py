"""Rules about invoices: completed folios that stay without one."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hotels.models import Hotel, Membership
from jobs.alerts.evaluation import evaluate
from jobs.alerts.rehearsal import RuleTerms, rehearse
from jobs.models import Alert, AlertKind, JobSchedule
from tests.factories import HotelFactory
from tests.hotels.billing.issued import charge, completed, invoice_of
from tests.jobs.alerts.rules import manager_of, rule_of, subjects
from tests.jobs.engine import only_job, own_schedule

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JOB = "generate-invoices"


@pytest.fixture(autouse=True)
def invoicing() -> Iterator[None]:
    """The only job is the one that issues invoices."""
    with only_job(name=JOB):
        yield


def switched_off(hotel: Hotel) -> JobSchedule:
    return own_schedule(hotel, job_name=JOB, enabled=False)


def opened(**terms: Any) -> list[str]:
    evaluate(**terms)
    return subjects()


def test_an_alert_opens_after_so_many_minutes_and_closes_with_the_invoice(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="invoices", minutes=60)
    folio = completed(hotel, 100, completed_at=now - HOUR + MINUTE)
    assert opened(now=now) == []

    stuck = f"{hotel.name}: 1 completed folio is not invoiced."
    assert opened(now=now + MINUTE) == [stuck]
    assert opened(now=now + 2 * MINUTE) == [stuck]

    invoice_of(folio, now=now + 2 * MINUTE)
    assert opened(now=now + 3 * MINUTE) == [stuck, f"Recovered: {stuck}"]
    assert Alert.objects.get().closed_at == now + 3 * MINUTE


def test_it_opens_with_so_many_hotels_and_counts_the_folios_of_each(now: datetime) -> None:
    first, second = HotelFactory(), HotelFactory()
    rule_of(manager_of(first, second), kind="invoices", minutes=60, open_at=2)
    for _ in range(2):
        completed(first, 100, completed_at=now - DAY)
    completed(HotelFactory(), 100, completed_at=now - DAY)  # another owner's
    assert opened(now=now) == []

    completed(second, 100, completed_at=now - DAY)
    opened(now=now)
    details = Alert.objects.get().parts.order_by("hotel").values_list("hotel", "detail")
    assert list(details) == [
        (first.pk, "2 completed folios are not invoiced."),
        (second.pk, "1 completed folio is not invoiced."),
    ]


def test_a_charge_added_to_an_invoiced_folio_counts_from_the_end_of_its_date(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="invoices", minutes=60)
    folio = completed(hotel, 100, completed_at=now - 2 * DAY)
    invoice_of(folio, now=now - DAY)
    charge(folio, 5, business_date=date(2026, 7, 14))

    midnight = datetime(2026, 7, 15, tzinfo=hotel.zone)
    assert opened(now=midnight + HOUR - MINUTE) == []
    assert len(opened(now=midnight + HOUR)) == 1


def test_where_invoices_are_switched_off_or_the_hotel_is_not_active_nothing_is_stuck(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="invoices", minutes=60)
    completed(hotel, 100, completed_at=now - DAY)
    schedule = switched_off(hotel)
    assert opened(now=now) == []
    terms = RuleTerms(kind=AlertKind.INVOICES, minutes=60)
    assert not rehearse(terms=terms, hotels=[hotel], now=now).messages

    schedule.delete()
    Hotel.objects.update(active=False)
    assert opened(now=now) == []

    Hotel.objects.update(active=True)
    assert len(opened(now=now)) == 1


@pytest.mark.parametrize("act", ["job", "hotel", "member"])
def test_what_is_switched_off_closes_without_a_word(
    owner: User, hotel: Hotel, now: datetime, act: str
) -> None:
    rule_of(owner, kind="invoices", minutes=60)
    completed(hotel, 100, completed_at=now - DAY)
    sent = opened(now=now)

    if act == "job":
        switched_off(hotel)
    elif act == "hotel":
        Hotel.objects.update(active=False)
    else:
        Membership.objects.update(active=False)

    assert opened(now=now + MINUTE) == sent
    assert Alert.objects.get().closed_at == now + MINUTE
