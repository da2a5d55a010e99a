"""The currency of a row with amounts: taken from the row it belongs to, and never another."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels import money


class CurrencyMismatch(Exception):
    """Amounts in different currencies cannot be on one account. The message is one sentence."""


def validate_currency(code: str) -> None:
    """Check an ISO 4217 currency code.

    Raises ValidationError when the code is unknown.
    """
    if code not in money.known_currencies():
        raise ValidationError(
            _("%(code)r is not an ISO 4217 currency code such as EUR."),
            params={"code": code},
        )


class CurrencyField(models.CharField):  # type: ignore[type-arg]
    """An ISO 4217 code, taken when it is empty from the row at `of`, such as `folio`.

    With `same`, a row in another currency than that row is refused with CurrencyMismatch when it
    is inserted, also in bulk. What moves a row checks it with `refuse_other_currency`.
    Migrations see a CharField.
    """

    def __init__(self, *, of: str = "", same: bool = False, **kwargs: Any) -> None:
        self.of, self.same = of, same
        kwargs.setdefault("verbose_name", _("currency"))
        kwargs.setdefault("max_length", 3)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("validators", [validate_currency])
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        """Describe the column for migrations."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        """Return the code to store. Raises CurrencyMismatch."""
        code = getattr(instance, self.attname)
        if not add:
            return code  # old rows in another currency can still be corrected
        if not code:
            code = _found(instance, self.of).currency
            setattr(instance, self.attname, code)
        elif self.same and (other := _loaded(instance, self.of)) is not None:
            refuse_other_currency(code, account=other)
        return code


def refuse_other_currency(code: str, *, account: Any) -> None:
    """Raise CurrencyMismatch unless `account`, such as a folio, is in the currency `code`."""
    if account.currency and account.currency != code:
        raise CurrencyMismatch(
            f"{account} is in {account.currency}: an amount in {code} cannot be added to it."
        )


def _found(row: Any, path: str) -> Any:
    for step in path.split("__"):
        row = getattr(row, step)
    return row


def _loaded(row: Any, path: str) -> Any:
    """The row at `path` if it is in memory: a check must not cost a query for each row."""
    for step in path.split("__"):
        row = row._state.fields_cache.get(step)
        if row is None:
            return None
    return row
