"""Queries by keys that are compiled once."""

from decimal import Decimal

import pytest
from django.db.models import Q

from hotels.models import FolioLine
from hotels.prepared_rows import PreparedRows
from tests.factories import FolioLineFactory

pytestmark = pytest.mark.django_db

OF_FOLIOS = PreparedRows(
    lambda keys: (
        FolioLine.objects.filter(folio__in=keys, gross__gte=0, category__in=["ROOM", "EXTRA"])
        .order_by("pk")
        .values_list("gross", "phrase")
    )
)
EITHER = PreparedRows(
    lambda lines, folios: (
        FolioLine.objects.filter(Q(pk__in=lines) | Q(folio__in=folios))
        .order_by("pk")
        .values_list("pk")
    )
)


def test_each_call_gets_the_rows_of_its_keys() -> None:
    first, second, third = (FolioLineFactory(gross=n, phrase={"n": n}) for n in (1, 2, 3))

    found = [
        OF_FOLIOS.read([line.folio_id for line in each]) for each in [[first], [second, third]]
    ]

    one, two, three = ((Decimal(n), {"n": n}) for n in (1, 2, 3))
    assert found == [[one], [two, three]]


def test_several_collections_of_keys_are_kept_apart() -> None:
    line, of_folio, _neither = (FolioLineFactory() for _ in range(3))

    assert EITHER.read([line.pk], [of_folio.folio_id]) == [(line.pk,), (of_folio.pk,)]


def test_the_rows_take_one_query_and_none_without_keys(queries_of) -> None:
    line = FolioLineFactory()

    assert queries_of(lambda: EITHER.read([line.pk], [])) == 1
    assert queries_of(lambda: EITHER.read([], [])) == 0
