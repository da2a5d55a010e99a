"""Lock booking rooms for an operation and report which of them it refuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hotels.errors import ActionRefused
from hotels.models import BookingRoom, Hotel

Status = BookingRoom.Status


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """Booking rooms changed, as they are now, and one sentence for each refused, by its id."""

    changed: tuple[BookingRoom, ...]
    refused: Mapping[int, str]

    def only(self) -> BookingRoom:
        """Return the one booking room of a batch of one; raises ActionRefused if it was refused."""
        for sentence in self.refused.values():
            raise ActionRefused(sentence)
        return self.changed[0]


@dataclass(frozen=True, kw_only=True)
class LockedStays:
    """Locked booking rooms with the required status, by id in order, and the refused others."""

    allowed: tuple[BookingRoom, ...]
    refused: Mapping[int, str]

    @property
    def ids(self) -> list[int]:
        """Ids of the booking rooms allowed."""
        return [stay.pk for stay in self.allowed]

    @property
    def folio_ids(self) -> list[int]:
        """Ids of their folios; a booking room without a folio has none."""
        return [stay.folio_id for stay in self.allowed if stay.folio_id is not None]

    def result(self) -> BatchResult:
        """Return the result once the operation is done."""
        return BatchResult(changed=self.allowed, refused=self.refused)


def lock_stays(
    *, hotel: Hotel, stays: Iterable[BookingRoom], required: BookingRoom.Status, refusal: str
) -> LockedStays:
    """Lock `stays` of `hotel` and read them again; refuse those without the status `required`.

    Must run in a transaction. Locks are taken in order of id, as the no-show check does, so that
    two operations never wait for each other. `refusal` is a translated sentence with the
    placeholders `%(stay)s` and `%(status)s`.
    """
    rows = (
        BookingRoom.objects.of_hotel(hotel)
        .filter(pk__in={stay.pk for stay in stays})
        .select_related("booking")
        .locked()
    )
    allowed, refused = [], {}
    for stay in rows:
        if stay.status == required:
            allowed.append(stay)
        else:
            refused[stay.pk] = refusal % {"stay": stay, "status": stay.get_status_display()}
    return LockedStays(allowed=tuple(allowed), refused=refused)
