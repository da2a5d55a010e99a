"""Serializers and fields for request bodies: unknown members and wrong JSON types are refused."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hotels.text import refuse_unprintable

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?", re.ASCII)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown members: a body with a misspelt `dryRun` must not start a real run."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; raises ValidationError naming each unknown member."""
        if isinstance(data, Mapping):
            unknown = set(data) - set(self.fields)
            if unknown:
                errors = {str(name): ["Unknown member."] for name in sorted(unknown)}
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


class StrictBoolean(serializers.BooleanField):
    """JSON's true and false; strings and numbers are refused."""

    def to_internal_value(self, data: Any) -> bool:
        """The value; raises ValidationError for any other type."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictInteger(serializers.IntegerField):
    """JSON's whole numbers; strings and booleans are refused."""

    def to_internal_value(self, data: Any) -> int:
        """The value; raises ValidationError for any other type."""
        if isinstance(data, float) and data.is_integer():
            data = int(data)  # 1.0 is a whole number in JSON
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictChar(serializers.CharField):
    """JSON's strings; numbers and booleans are refused."""

    def to_internal_value(self, data: Any) -> str:
        """The value; raises ValidationError for any other type."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictText(StrictChar):
    """Text that people write: a reason, a note, a label."""

    def to_internal_value(self, data: Any) -> str:
        """The text; raises ValidationError if it cannot be printed as it is."""
        text = super().to_internal_value(data)
        try:
            refuse_unprintable(text)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        return text


@extend_schema_field({"type": "string", "pattern": f"^{_AMOUNT.pattern}$"})
class StrictAmount(StrictChar):
    """An amount of money as decimal text, without sign: `"12.50"`."""

    def to_internal_value(self, data: Any) -> Decimal:  # type: ignore[override]
        """The amount; raises ValidationError for numbers and for other texts."""
        text = super().to_internal_value(data)
        if not _AMOUNT.fullmatch(text):
            raise serializers.ValidationError('Must be an amount as text, such as "12.50".')
        return Decimal(text)


class StrictKey(StrictInteger):
    """Key of a row; limited to numbers that fit the database column."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=10**18 - 1, **options)


class StrictHotelId(StrictKey):
    """Key of a hotel."""
