"""Bodies in which every member is expected: one that is not known is refused, by name."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown members: a misspelt `dryRun` must not run for good."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; raises ValidationError naming what is not known."""
        if isinstance(data, Mapping):
            unknown = set(data) - set(self.fields)
            if unknown:
                told = {str(name): ["This member is not known."] for name in sorted(unknown)}
                raise serializers.ValidationError(told)
        return super().to_internal_value(data)


class StrictBoolean(serializers.BooleanField):
    """JSON's true and false; "no" and 0 are texts and numbers."""

    def to_internal_value(self, data: Any) -> bool:
        """The value; raises ValidationError for anything else."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictInteger(serializers.IntegerField):
    """JSON's whole numbers."""

    def to_internal_value(self, data: Any) -> int:
        """The value; raises ValidationError for anything else."""
        if isinstance(data, float) and data.is_integer():
            data = int(data)  # 1.0 is a whole number to JSON
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictChar(serializers.CharField):
    """JSON's texts."""

    def to_internal_value(self, data: Any) -> str:
        """The value; raises ValidationError for anything else."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class HotelNumber(StrictInteger):
    """The key of a hotel; too large a number is none, instead of an error of the database."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=10**18 - 1, **options)
