"""Console pages in each language; stored results on them stay English."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel
from jobs import dispatch, registry
from jobs.models import JobExecution, Trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt(hotel: Hotel, now: datetime) -> JobExecution:
    """Return an execution of the availability job in a hotel without rooms."""
    job = registry.get("recalc-availability")
    with time_machine.travel(now):
        dispatch.run(job=job, hotels=[hotel], now=now, trigger=Trigger.COMMAND)
    return JobExecution.objects.get()


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            [
                "Availability recalculation",
                "Started by",
                "Room-type nights unchanged",
                "Command line",
            ],
        ),
        ("de", ["Neuberechnung der Verfügbarkeit", "Ergebnis", "Auslastung", "Kommandozeile"]),
        ("pt", ["Recálculo da disponibilidade", "Resultado", "Ocupação", "Linha de comandos"]),
    ],
)
def test_an_execution_page_is_in_the_user_s_language_around_the_stored_summary(
    manager: Client, receipt: JobExecution, language: str, texts: list[str]
) -> None:
    page = manager.get(
        reverse("admin:jobs_jobexecution_change", args=[receipt.pk]),
        headers={"Accept-Language": language},
    ).content.decode()

    assert [each for each in [*texts, receipt.words] if each not in page] == []


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("de", ["Ausführungen", "Filter", "Neuberechnung der Verfügbarkeit", "15.07.2026"]),
        ("pt", ["Execuções", "Filtros", "Recálculo da disponibilidade", "15/07/2026"]),
    ],
)
def test_a_list_is_in_the_user_s_language_with_its_dates_and_the_theme(
    manager: Client, receipt: JobExecution, language: str, texts: list[str]
) -> None:
    JobExecution.objects.update(started_at=datetime(2026, 7, 15, 12, tzinfo=UTC))

    page = manager.get(
        reverse("admin:jobs_jobexecution_changelist"), headers={"Accept-Language": language}
    ).content.decode()

    assert [each for each in texts if each not in page] == []
