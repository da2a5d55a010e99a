"""Status badges: a word, an icon and a tone, so that no status depends on colour alone."""

from dataclasses import dataclass

from hotels.models import DeliveryAttempt, HousekeepingTask, Message, Priority, Room, WorkOrder


@dataclass(frozen=True, kw_only=True)
class Badge:
    """A status as shown.

    `tone` is good, bad, warn, wait or off; `icon` names a symbol of the theme's icon font; `words`
    is the label.
    """

    tone: str
    icon: str
    text: str


_TASK = {
    HousekeepingTask.Status.PENDING: ("warn", "person_alert"),
    HousekeepingTask.Status.ASSIGNED: ("wait", "person"),
    HousekeepingTask.Status.IN_PROGRESS: ("wait", "sync"),
    HousekeepingTask.Status.DONE: ("good", "check"),
    HousekeepingTask.Status.INSPECTED: ("good", "done_all"),
    HousekeepingTask.Status.SKIPPED: ("off", "do_not_disturb_on"),
    HousekeepingTask.Status.ROLLED_OVER: ("off", "redo"),
    HousekeepingTask.Status.CANCELLED: ("off", "block"),
}
_ORDER = {
    WorkOrder.Status.OPEN: ("warn", "person_alert"),
    WorkOrder.Status.ASSIGNED: ("wait", "person"),
    WorkOrder.Status.IN_PROGRESS: ("wait", "sync"),
    WorkOrder.Status.ON_HOLD: ("off", "pause"),
    WorkOrder.Status.COMPLETED: ("good", "check"),
    WorkOrder.Status.CANCELLED: ("off", "block"),
}
_CLEANLINESS = {
    Room.Cleanliness.DIRTY: ("bad", "mop"),
    Room.Cleanliness.CLEAN: ("good", "check"),
    Room.Cleanliness.INSPECTED: ("good", "done_all"),
}
_PRIORITY = {
    Priority.URGENT: ("bad", "priority_high"),
    Priority.HIGH: ("warn", "keyboard_arrow_up"),
    Priority.NORMAL: ("off", "remove"),
    Priority.LOW: ("off", "keyboard_arrow_down"),
}


_MESSAGE = {
    Message.Status.WAITING: ("wait", "schedule_send"),
    Message.Status.SENDING: ("wait", "sync"),
    Message.Status.SENT: ("good", "check"),
    Message.Status.FAILED: ("bad", "error"),
    Message.Status.CANCELLED: ("off", "block"),
    Message.Status.UNDELIVERABLE: ("warn", "unsubscribe"),
}


def message_badge(message: Message) -> Badge:
    """Return the badge of a message's status."""
    status = Message.Status(message.status)
    return _badge(_MESSAGE[status], status.label)


_ATTEMPT = {
    DeliveryAttempt.Outcome.SENT: ("good", "check"),
    DeliveryAttempt.Outcome.RETRY: ("warn", "redo"),
    DeliveryAttempt.Outcome.REFUSED: ("bad", "error"),
}


def attempt_badge(attempt: DeliveryAttempt) -> Badge:
    """Return the badge of how an attempt ended."""
    outcome = DeliveryAttempt.Outcome(attempt.outcome)
    return _badge(_ATTEMPT[outcome], outcome.label)


def task_badge(task: HousekeepingTask) -> Badge:
    """Return the badge of a housekeeping task's status."""
    status = HousekeepingTask.Status(task.status)
    return _badge(_TASK[status], status.label)


def order_badge(order: WorkOrder) -> Badge:
    """Return the badge of a work order's status."""
    status = WorkOrder.Status(order.status)
    return _badge(_ORDER[status], status.label)


def cleanliness_badge(room: Room) -> Badge:
    """Return the badge of a room's cleanliness."""
    state = Room.Cleanliness(room.cleanliness)
    return _badge(_CLEANLINESS[state], state.label)


def priority_badge(priority: str) -> Badge:
    """Return the badge of a priority. Raises ValueError for an unknown one."""
    known = Priority(priority)
    return _badge(_PRIORITY[known], known.label)


def _badge(tone_and_icon: tuple[str, str], label: object) -> Badge:
    tone, icon = tone_and_icon
    return Badge(tone=tone, icon=icon, text=str(label))
