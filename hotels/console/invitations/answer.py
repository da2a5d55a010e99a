"""The page on which a person accepts or declines an invitation, with or without an account."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView

from hotels.audit import Via
from hotels.console.invitations.forms import NewAccountForm
from hotels.errors import ActionRefused
from hotels.http.address import address_of
from hotels.http.attempts import Limit
from hotels.http.login import LoginRefused, room_to_hash
from hotels.memberships.accounts import create_account
from hotels.memberships.invitations import accept, decline, invitation_of
from hotels.models import Invitation

# Each attempt says whether a user name is taken. A hotel can send itself many invitations.
PER_HOTEL = Limit(name="new-account-hotel", allowed=30, window=timedelta(hours=1))
PER_ADDRESS = Limit(name="new-account-address", allowed=10, window=timedelta(minutes=15))
_BACKEND = "hotels.http.login.GuardedBackend"


@method_decorator(sensitive_post_parameters(), name="dispatch")
class AnswerInvitation(TemplateView):
    """`/admin/invitations/<secret>/`: hotel, role and inviter; accept, decline, create an account.

    It needs no login and no membership: the link is the authority, and says nothing more.
    """

    template_name = "hotels/console/invitations/answer.html"

    def get(self, request: HttpRequest, *, secret: str) -> HttpResponse:
        """Show the invitation, or a sentence when it is no longer valid."""
        return self._page()

    def post(self, request: HttpRequest, *, secret: str) -> HttpResponse:
        """Accept or decline; without a login, accept as a new user."""
        choice = request.POST.get("choice")
        try:
            if choice == "decline":
                decline(secret=secret, by=request.user, via=Via.ADMIN, now=timezone.now())
                return self._page(declined=True)
            if choice == "accept" and isinstance(request.user, User):
                return self._accepted(
                    accept(secret=secret, user=request.user, via=Via.ADMIN, now=timezone.now())
                )
            if choice == "create" and not request.user.is_authenticated:
                return self._create(secret)
        except ActionRefused as refusal:
            return self._page(refused=str(refusal))
        return self._page()

    def _create(self, secret: str) -> HttpResponse:
        """Create the account and accept; raises InvitationInvalid."""
        now = timezone.now()
        invitation = invitation_of(secret=secret, now=now)
        form = NewAccountForm(self.request.POST)
        limits = [(PER_ADDRESS, address_of(self.request)), (PER_HOTEL, str(invitation.hotel_id))]
        for limit, ident in limits:
            if limit.take(ident, now=now):
                too_many = gettext("Too many attempts. Try again later.")
                return self._page(form=NewAccountForm(), refused=too_many)
        if not form.is_valid():
            return self._page(form=form)
        try:
            with room_to_hash():
                user: User = form.save(commit=False)
            membership = create_account(user=user, secret=secret, via=Via.ADMIN, now=now)
        except LoginRefused as refused:
            return self._page(form=form, refused=refused.message)
        except IntegrityError:
            form.add_error("username", gettext("A user with that username already exists."))
            return self._page(form=form)
        login(self.request, user, backend=_BACKEND)
        return self._accepted(membership)

    def _accepted(self, membership: Any) -> HttpResponse:
        done = gettext("You are now %(role)s at %(hotel)s.")
        named = {"role": membership.get_role_display(), "hotel": membership.hotel}
        messages.success(self.request, done % named)
        return redirect("admin:index")

    def _page(self, *, form: NewAccountForm | None = None, **more: Any) -> HttpResponse:
        """The page; 410 without a valid invitation."""
        invitation: Invitation | None = None
        refused = more.pop("refused", "")
        if not more.get("declined"):
            try:
                invitation = invitation_of(secret=self.kwargs["secret"], now=timezone.now())
            except ActionRefused as refusal:
                refused = str(refusal)
        known = self.request.user.is_authenticated
        gone = invitation is None and not more.get("declined")
        response = self.render_to_response(
            {
                **admin.site.each_context(self.request),
                "title": _("Invitation"),
                "invitation": invitation,
                "refused": refused,
                "form": form or (None if known else NewAccountForm()),
                **more,
            },
            status=HTTPStatus.GONE if gone else HTTPStatus.OK,
        )
        add_never_cache_headers(response)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
