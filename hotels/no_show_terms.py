"""The no-show terms agreed with the guest, stored on the booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any

PENALTY_TYPES = ("NONE", "NIGHTS", "PERCENT", "FULL_STAY", "FIXED")


@dataclass(frozen=True, kw_only=True)
class NoShowTerms:
    """The no-show policy at the time of booking (domain rule 3).

    `penalty_value` is a number of nights, a percentage or an amount, depending on the type.
    """

    policy: str
    guaranteed: bool
    release_time: time
    penalty_type: str
    penalty_value: Decimal
    taxed: bool
    grace_minutes: int

    def to_json(self) -> dict[str, Any]:
        """The terms as the JSON stored on a booking."""
        return {
            "policy": self.policy,
            "guaranteed": self.guaranteed,
            "releaseTime": self.release_time.isoformat("minutes"),
            "penaltyType": self.penalty_type,
            "penaltyValue": str(self.penalty_value),
            "taxed": self.taxed,
            "graceMinutes": self.grace_minutes,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> NoShowTerms:
        """The terms from stored JSON.

        Raises ValueError, with one sentence, when they are incomplete or malformed.
        """
        try:
            terms = cls(
                policy=data["policy"],
                guaranteed=bool(data["guaranteed"]),
                release_time=time.fromisoformat(data["releaseTime"]),
                penalty_type=data["penaltyType"],
                penalty_value=Decimal(data["penaltyValue"]),
                taxed=bool(data["taxed"]),
                grace_minutes=int(data["graceMinutes"]),
            )
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise ValueError(
                f"the no-show terms of the booking cannot be read: {error!r}"
            ) from error
        if terms.penalty_type not in PENALTY_TYPES:
            raise ValueError(f"the booking has an unknown penalty type {terms.penalty_type!r}")
        return terms
