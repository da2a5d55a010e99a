"""Views of folios."""

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.schema.folios import uninvoiced as describe
from hotels.api.serializers import UninvoicedFolioSerializer
from hotels.billing.uninvoiced import explain, uninvoiced_folios
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.view_sets import ApiGenericViewSet
from hotels.i18n import in_english
from hotels.models import Folio
from hotels.roles import Action


@describe
class UninvoicedFolioViewSet(ApiGenericViewSet):
    """Folios of the caller's hotels with charges that are not invoiced."""

    queryset = Folio.objects.all()
    serializer_class = UninvoicedFolioSerializer
    pagination_class = OffsetPagination
    page_key = "folios"
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE | {"hotelId"}}

    def get_queryset(self) -> Any:
        """The folios of the caller's hotels, completed or left open, with open charges."""
        return self.access.narrow(uninvoiced_folios(hotel_ids=None), action=Action.SEE)

    @in_english()
    def list(self, request: Request) -> Response:
        """A page of folios, the earliest completed first."""
        rows = self.get_queryset()
        hotel_id = self.hotel_id_filter()
        if hotel_id is not None:
            rows = rows.filter(hotel=hotel_id)
        page = self.paginate_queryset(rows)
        explained = explain(page or [], now=timezone.now())
        return self.get_paginated_response(self.get_serializer(explained, many=True).data)
