"""Base of the payment pages: say what to do, see the preview, confirm it once."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hotels.billing.payment_checks import AlreadyRecorded, PaymentRefused
from hotels.billing.payment_effects import PaymentEffects, carry_out
from hotels.console.base import ConsolePage
from hotels.console.invoices.queries import balance_rows
from hotels.console.payments.forms import ChoiceForm, ConfirmForm
from hotels.console.query_params import own_path
from hotels.models import Folio, Payment
from hotels.models.scoping import HotelScopedQuerySet
from hotels.roles import Action

# The preview's reason; it is rolled back.
PREVIEW = "Preview"
Values = dict[str, Any]


class PaymentPage(ConsolePage):
    """An action on a payment: `?amount=50&next=/path/` previews it, a POST carries it out.

    The choice is in the query string. `next` is the page to return to, else that of the folio.
    """

    required_action = Action.CHARGE
    template_name = "hotels/console/payments/action.html"
    confirm_class: ClassVar[type[ConfirmForm]] = ConfirmForm

    @property
    def folio(self) -> Folio:
        """The folio on which the payment is, or will be."""
        raise NotImplementedError

    @property
    def payment(self) -> Payment | None:
        """The payment; None for one that is not recorded yet."""
        return None

    def choice(self, data: Any, *, plain: bool = False) -> ChoiceForm:
        """Return the form that says what to do; unbound if `data` is None."""
        return ChoiceForm({}, plain=plain)

    def affected(self, values: Values) -> list[Folio]:
        """Return the folios whose payments the action changes."""
        return [self.folio]

    def action(self, values: Values, confirmed: Values) -> Callable[[], Payment]:
        """Return the action, with the chosen values, and reason and version as confirmed."""
        raise NotImplementedError

    def sentences(self, values: Values) -> list[str]:
        """Return what will happen, in the user's words."""
        raise NotImplementedError

    def done(self, payment: Payment, values: Values) -> str:
        """Return the message of success."""
        raise NotImplementedError

    def more(self, values: Values | None) -> dict[str, Any]:
        """Return more context of the page; `values` are those previewed, None before."""
        return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the folio, the payment, the form and, once it is filled in, its preview."""
        choice: ChoiceForm = kwargs.get("choice") or self._chosen()
        values = choice.cleaned_data if choice.is_bound and choice.is_valid() else None
        effects, refused = self._preview(values) if values is not None else (None, "")
        context: dict[str, Any] = {
            "folio": self.folio,
            "payment": self.payment,
            "choice": choice,
            "refused": refused,
            "effects": effects,
            "balances": balance_rows(effects.balances) if effects else (),
            "sentences": self.sentences(values) if effects and values is not None else (),
            "confirm": kwargs.get("confirm") or self.confirm_class(),
            "back": self.back,
            "next": self._next,
        }
        shown = values if effects else None
        return super().get_context_data(**kwargs | context | self.more(shown))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry the action out and return, or show the preview again without a reason."""
        choice, confirm = self.choice(request.POST, plain=True), self.confirm_class(request.POST)
        if not choice.is_valid():
            return self._refuse(_first_error(choice))
        values = choice.cleaned_data
        if not confirm.is_valid():
            context = self.get_context_data(choice=choice, confirm=confirm)
            if context["refused"]:  # the amount as posted would be read in the user's language
                return self._refuse(context["refused"])
            return self.render_to_response(context)
        try:
            action = self.action(values, confirm.cleaned_data)
            effects = carry_out(folios=self.affected(values), action=action)
        except AlreadyRecorded as refusal:
            messages.error(request, str(refusal))
        except PaymentRefused as refusal:
            return self._refuse(str(refusal))
        else:
            messages.success(request, self.done(effects.payment, values))
        return redirect(self.back)

    @property
    def back(self) -> str:
        """The page to return to: that of `next`, else of the folio."""
        return self._next or reverse("admin:hotels_folio_change", args=[self.folio.pk])

    @property
    def _next(self) -> str:
        given = self.request.POST.get("next") or self.request.GET.get("next", "")
        return own_path(self.request, given)

    def _chosen(self) -> ChoiceForm:
        """The form of the query string; unbound without one of its fields."""
        blank = self.choice(None)
        asked = any(name in self.request.GET for name in blank.fields)
        return self.choice(self.request.GET) if asked else blank

    def _preview(self, values: Values) -> tuple[PaymentEffects | None, str]:
        """The effects, rolled back, or the sentence of the refusal."""
        action = self.action(values, {"reason": PREVIEW, "version": ""})
        try:
            effects = carry_out(folios=self.affected(values), action=action, dry_run=True)
        except PaymentRefused as refusal:
            return None, str(refusal)
        return effects, ""

    def _refuse(self, sentence: str) -> HttpResponse:
        """Show the page again, without a preview, and the sentence."""
        messages.error(self.request, sentence)
        query = self.request.GET.copy()
        for name in self.choice(None).fields:
            query.pop(name, None)
        if self._next:
            query["next"] = self._next
        return redirect(f"{self.request.path}?{query.urlencode()}" if query else self.request.path)


class StoredPaymentPage(PaymentPage):
    """Base of the pages about a stored payment."""

    @cached_property
    def payment(self) -> Payment:
        """The payment.

        Raises Http404 when it is of another hotel, PermissionDenied when the user's role does not
        allow changing folios.
        """
        rows = self.access.narrow(Payment.objects.all(), action=Action.SEE)
        related = ("folio__hotel", "folio__booking", "folio__payer")
        found: Payment = allowed(self, rows.select_related(*related), key=self.kwargs["pk"])
        return found

    @property
    def folio(self) -> Folio:
        """The folio on which the payment is."""
        return self.payment.folio


def allowed(page: ConsolePage, rows: HotelScopedQuerySet[Any], *, key: int) -> Any:
    """Return the row with the key, in a hotel in which the user may change folios.

    Raises Http404 when it is not among `rows`, PermissionDenied when the role does not allow it.
    """
    found = rows.filter(pk=key).first()
    if found is None:
        raise Http404
    folio = found if isinstance(found, Folio) else found.folio
    if not page.may(Action.CHARGE, folio.hotel):
        raise PermissionDenied
    return found


def _first_error(form: forms.Form) -> str:
    return next(str(message) for errors in form.errors.values() for message in errors)
