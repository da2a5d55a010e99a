"""How rows stand, for people: a word, a sign and a tone; never colour alone."""

from dataclasses import dataclass

from hotels.models import HousekeepingTask, Priority, Room, WorkOrder


@dataclass(frozen=True, kw_only=True)
class Badge:
    """`tone` is good, bad, warn, wait or off; `icon` names a symbol of the theme's font."""

    tone: str
    icon: str
    words: str


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


def task_badge(task: HousekeepingTask) -> Badge:
    """How far a clean is."""
    status = HousekeepingTask.Status(task.status)
    return _look(_TASK[status], status.label)


def order_badge(order: WorkOrder) -> Badge:
    """How far a work order is."""
    status = WorkOrder.Status(order.status)
    return _look(_ORDER[status], status.label)


def cleanliness_badge(room: Room) -> Badge:
    """Whether a room is clean."""
    state = Room.Cleanliness(room.cleanliness)
    return _look(_CLEANLINESS[state], state.label)


def priority_badge(priority: str) -> Badge:
    """How soon work is wanted."""
    known = Priority(priority)
    return _look(_PRIORITY[known], known.label)


def _look(look: tuple[str, str], label: object) -> Badge:
    tone, icon = look
    return Badge(tone=tone, icon=icon, words=str(label))
