"""A hotel's data and settings that are printed on its invoices."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_TERM_DAYS = 365


class ZeroTaxReason(models.TextChoices):
    """Reasons why no tax is charged at a rate of 0 % (EU VAT Directive Art. 226 No. 11)."""

    EXEMPT = "EXEMPT", _("exempt from tax")
    ZERO_RATED = "ZERO_RATED", _("zero-rated")
    OUT_OF_SCOPE = "OUT_OF_SCOPE", _("not taxable")
    SMALL_BUSINESS = "SMALL_BUSINESS", _("small business scheme")
    NO_TAX = "NO_TAX", _("the country has no such tax")
    COMPENSATION = "COMPENSATION", _("compensation, such as a no-show fee")


def validate_account(number: str) -> None:
    """Check a bank account number; raises ValidationError for an IBAN with a wrong check digit."""
    from stdnum import iban  # no job command checks one

    if is_iban_like(number) and not iban.is_valid(number):
        raise ValidationError(_("This IBAN is wrong: check its digits."))


def validate_bic(code: str) -> None:
    """Check a BIC (SWIFT code). Raises ValidationError when it is wrong."""
    from stdnum import bic  # no job command checks one
    from stdnum.exceptions import ValidationError as InvalidNumber

    try:
        bic.validate(code)
    except InvalidNumber as error:
        raise ValidationError(
            _("%(code)s is not a BIC such as DEUTDEFF500."), params={"code": code}
        ) from error


def is_iban_like(number: str) -> bool:
    """True for a number that begins as an IBAN does: two letters and two check digits."""
    return re.match(r"\s*[A-Za-z]{2}\s*[0-9]{2}", number) is not None


class InvoiceSettings(models.Model):
    """Tax numbers, payment terms, bank account and the reason for 0 % tax of a hotel."""

    vat_id = models.CharField(
        _("VAT ID"),
        max_length=40,
        blank=True,
        help_text=_(
            "Number for value added, goods and services or consumption tax, with its prefix, such "
            "as PT509442013. Printed with its name in the hotel's country."
        ),
    )
    tax_number = models.CharField(
        _("tax number"),
        max_length=40,
        blank=True,
        help_text=_("Another number of the tax office, such as Steuernummer, EIN or PAN."),
    )
    payment_days = models.PositiveSmallIntegerField(
        _("days until payment is due"),
        default=0,
        validators=[MaxValueValidator(LONGEST_TERM_DAYS)],
        help_text=_("After the date of issue. 0: due on receipt."),
    )
    bank_account_holder = models.CharField(
        _("account holder"), max_length=160, blank=True, help_text=_("Empty: the legal name.")
    )
    bank_account = models.CharField(
        _("IBAN or account number"),
        max_length=60,
        blank=True,
        validators=[validate_account],
        help_text=_(
            "With the bank code where there is no IBAN. Printed while an amount is due; empty: no "
            "bank details are printed."
        ),
    )
    bank_bic = models.CharField(
        _("BIC (SWIFT code)"), max_length=11, blank=True, validators=[validate_bic]
    )
    bank_name = models.CharField(_("bank"), max_length=120, blank=True)
    zero_tax_reason = models.CharField(
        _("reason for 0 % tax"),
        max_length=14,
        blank=True,
        choices=ZeroTaxReason.choices,
        help_text=_(
            "Printed where the tax rate of a charge is 0 %, in the language of the document. An "
            "untaxed no-show fee has its own reason."
        ),
    )
    zero_tax_note = models.CharField(
        _("law or own text for 0 % tax"),
        max_length=200,
        blank=True,
        help_text=_("Printed after the reason as it is, such as Art. 9 CIVA."),
    )

    class Meta:
        abstract = True

    @staticmethod
    def invoice_constraints() -> list[Any]:
        """The constraints of the hotel's table on these fields."""
        return [
            models.CheckConstraint(
                condition=Q(payment_days__lte=LONGEST_TERM_DAYS), name="hotel_payment_days_limited"
            ),
            models.CheckConstraint(
                condition=Q(zero_tax_reason__in=["", *ZeroTaxReason.values]),
                name="hotel_zero_tax_reason_known",
            ),
        ]
