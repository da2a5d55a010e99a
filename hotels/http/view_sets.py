"""Base view sets: closed by default, restricted to hotels, throttled, strict about parameters."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.exceptions import (
    AuthenticationFailed,
    PermissionDenied,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet

from hotels.http.access import request_access
from hotels.http.filters import HotelIdField
from hotels.http.problem import WrongParameters
from hotels.http.throttling import wrong_token
from hotels.models import Hotel
from hotels.roles import Access, Action


@method_decorator(conditional_page, name="dispatch")  # ETag and If-None-Match of every read
class ApiViewSet(ViewSet):
    """Base of all API views.

    `needs` maps an action to the permission its caller must have in at least one hotel; the view
    then calls `require` for the hotel in question. `parameters` maps an action to its query
    parameters: others are refused, so that a misspelt filter does not silently return everything.
    """

    http_method_names = ["get", "head", "post", "patch", "delete"]
    needs: ClassVar[dict[str, Action]] = {}
    parameters: ClassVar[dict[str, frozenset[str]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check credentials, permissions, throttles and query parameters."""
        super().initial(request, *args, **kwargs)
        self._refuse_unknown_parameters(request)

    def handle_exception(self, exc: Exception) -> Response:
        """Count wrong tokens; the exception handler turns the error into a problem."""
        if isinstance(exc, AuthenticationFailed) and self.authentication_classes:
            exc = wrong_token(self.request, now=timezone.now()) or exc
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add Vary headers: the response depends on the caller."""
        final = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(final, ["Authorization", "Cookie"])
        return final

    @property
    def access(self) -> Access:
        """Roles of the caller, restricted by the token."""
        return request_access(self.request)

    @property
    def current_user(self) -> AbstractBaseUser:
        """The authenticated caller; the permission IsSignedIn has refused all others."""
        user = self.request.user
        assert isinstance(user, AbstractBaseUser)
        return user

    def require(self, *, action: Action, hotel_id: int) -> None:
        """Check that the caller may do `action` in the hotel.

        Raises Http404 when the caller does not belong to the hotel, PermissionDenied when the role
        does not allow the action.
        """
        if not self.access.may(action=Action.SEE, hotel_id=hotel_id):
            raise Http404
        if not self.access.may(action=action, hotel_id=hotel_id):
            raise PermissionDenied(f"Your role in this hotel does not allow you to {action}.")

    def hotel(self, hotel_id: int) -> Hotel:
        """A hotel the caller belongs to; raises Http404 for any other."""
        visible = self.access.narrow(Hotel.objects.all(), action=Action.SEE)
        hotel = visible.filter(pk=hotel_id).first()
        if hotel is None:
            raise Http404
        return hotel

    def _refuse_unknown_parameters(self, request: Request) -> None:
        known = self.parameters.get(str(self.action), frozenset())
        errors = {}
        for name, values in request.query_params.lists():
            if name not in known:
                errors[name] = ["Unknown parameter."]
            elif len(values) > 1:
                errors[name] = ["Give this parameter only once."]
            elif not values[0]:
                errors[name] = ["The value is empty; omit the parameter instead."]
        if errors:
            raise WrongParameters(errors)


class ApiGenericViewSet(ApiViewSet, GenericViewSet[Any]):
    """Base of API views over a queryset."""

    def hotel_id_filter(self) -> int | None:
        """The hotel of the parameter `hotelId`, None without one.

        Raises ValidationError for a malformed id, Http404 unless the caller belongs to the hotel.
        """
        text = self.request.query_params.get("hotelId")
        try:
            key: int | None = HotelIdField(required=False).clean(text)
        except forms.ValidationError as error:
            raise ValidationError({"hotelId": error.messages}) from error
        if key is not None and not self.access.may(action=Action.SEE, hotel_id=key):
            raise Http404
        return key
