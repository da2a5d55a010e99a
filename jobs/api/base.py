"""The base of every view: closed, narrowed to hotels, throttled, strict about parameters."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    PermissionDenied,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet

from hotels.models import Hotel
from hotels.roles import Access, Action
from jobs import registry
from jobs.api.access import request_access
from jobs.base import Job
from jobs.registry import UnknownJob
from jobs.web.problem import WrongParameters
from jobs.web.throttles import FailedAttempts


@method_decorator(conditional_page, name="dispatch")  # ETag and If-None-Match of every read
class ApiViewSet(ViewSet):
    """What all routes have in common.

    `needs` names for each action what its caller must be allowed to do in some hotel; the hotel at
    hand is asked again by `require`. `parameters` are the query parameters of each action: any
    other is refused, so that a misspelt filter does not silently give everything.
    """

    http_method_names = ["get", "head", "post", "patch", "delete"]
    needs: ClassVar[dict[str, Action]] = {}
    parameters: ClassVar[dict[str, frozenset[str]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before the action: flooded addresses, credentials, roles, throttles, parameters."""
        FailedAttempts().refuse_flooded(request)
        super().initial(request, *args, **kwargs)
        self._refuse_unknown_parameters(request)

    def handle_exception(self, exc: Exception) -> Response:
        """Count wrong credentials; everything becomes a problem."""
        if isinstance(exc, (AuthenticationFailed, NotAuthenticated)):
            FailedAttempts().note(self.request)
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Answers differ by who asks."""
        done = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(done, ["Authorization", "Cookie"])
        return done

    @property
    def access(self) -> Access:
        """What the caller may do."""
        return request_access(self.request)

    @property
    def person(self) -> AbstractBaseUser:
        """Who asks; IsKnown has let nobody else in."""
        user = self.request.user
        assert isinstance(user, AbstractBaseUser)
        return user

    def require(self, *, action: Action, hotel_id: int) -> None:
        """Raise 404 for a hotel that is not the caller's, 403 where the role does not allow it."""
        if not self.access.may(action=Action.SEE, hotel_id=hotel_id):
            raise Http404
        if not self.access.may(action=action, hotel_id=hotel_id):
            raise PermissionDenied(f"Your role in this hotel does not allow you to {action}.")

    def hotel(self, hotel_id: int) -> Hotel:
        """A hotel of the caller; raises 404."""
        found = self.access.narrow(Hotel.objects.all(), action=Action.SEE)
        hotel = found.filter(pk=hotel_id).first()
        if hotel is None:
            raise Http404
        return hotel

    def job(self, job_name: str) -> Job:
        """The job of a path; raises 404."""
        try:
            return registry.get(job_name)
        except UnknownJob as error:
            raise NotThere(f"{str(error)[0].upper()}{str(error)[1:]}") from None

    def _refuse_unknown_parameters(self, request: Request) -> None:
        known = self.parameters.get(str(self.action), frozenset())
        wrong = {}
        for name, values in request.query_params.lists():
            if name not in known:
                wrong[name] = ["This parameter is not known."]
            elif len(values) > 1:
                wrong[name] = ["It is given more than once."]
            elif not values[0]:
                wrong[name] = ["It is empty; leave it out instead."]
        if wrong:
            raise WrongParameters(wrong)


class NotThere(APIException):
    """A path names something that is not there."""

    status_code = 404
    default_code = "not_found"


class ApiGenericViewSet(ApiViewSet, GenericViewSet[Any]):
    """For views over rows."""
