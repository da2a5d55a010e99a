"""Messages to attendants about their tasks, in plain English text."""

from dataclasses import dataclass

from hotels import formats
from hotels.i18n import in_english
from hotels.models import Hotel, HousekeepingTask, StaffMember


@dataclass(frozen=True, kw_only=True)
class Message:
    """Recipient (an e-mail address, may be empty), subject and body of one message."""

    recipient: str
    to_attendant: bool
    subject: str
    body: str


@in_english()
def another_kind_of_clean(
    task: HousekeepingTask, *, hotel: Hotel, assignee: StaffMember
) -> Message:
    """The message that an assigned clean of `hotel` is now one of another kind.

    It goes to the front desk if the attendant has no e-mail address. Takes no query if the user of
    `assignee` is loaded.
    """
    own_address = assignee.user.email if assignee.user is not None else ""
    kind, day = task.get_kind_display(), formats.date_in_english(task.date)
    return Message(
        recipient=own_address or hotel.email,
        to_attendant=bool(own_address),
        subject=f"Room {task.room}: now a {kind}",
        body=(
            f"For {assignee}: the clean of room {task.room} on {day} is now a {kind} of "
            f"{task.credits} minutes.\nReason: {task.reason}.\n"
        ),
    )
