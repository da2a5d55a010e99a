"""Jobs made for tests: a result, and services that work, fail and crash."""

from collections.abc import Callable

from hotels.models import Guest
from hotels.notifications.outbox import NewMail
from jobs import result_fields as fields
from jobs.base import Job, JobContext, JobFailed, JobResult, Problem
from jobs.result_fields import result_dataclass


@result_dataclass
class Greetings(JobResult):
    """The number of guests greeted."""

    guests_greeted: int = fields.count("Guests greeted", default=0)

    def summary(self) -> str:
        return f"{self.guests_greeted} greeted"


def make_job(service: Callable[[JobContext], JobResult], *, name: str = "greet-guests") -> Job:
    return Job(name=name, title="Greetings", schedule="0 4 * * *", service=service)


def greet(context: JobContext) -> Greetings:
    """Writes one guest a run, and asks for one message."""
    guest = Guest.objects.create(hotel=context.hotel, name="Greeted")
    context.changed("guest greeted", [guest])
    context.notify(
        NewMail(
            hotel_id=context.hotel.pk,
            key="greeting",
            template="greeting",
            audience="guest",
            recipient="a@x.example",
            subject="Good morning",
            body="Good morning.",
        )
    )
    return Greetings(hotel_id=context.hotel.pk, guests_greeted=1, done=1)


def crash_after_writing(context: JobContext) -> Greetings:
    greet(context)
    raise ZeroDivisionError("in the middle")


def fail_after_writing(context: JobContext) -> Greetings:
    greet(context)
    raise JobFailed("the lobby is closed")


def fail_for_good(context: JobContext) -> Greetings:
    greet(context)
    raise JobFailed("the lobby was torn down", retry=False)


def handle_nothing(context: JobContext) -> Greetings:
    greet(context)
    problem = Problem(what="Guest 1", reason="sleeps")
    return Greetings(hotel_id=context.hotel.pk, problems=(problem,), done=0)


def handle_some(context: JobContext) -> Greetings:
    problem = Problem(what="Guest 1", reason="sleeps")
    return Greetings(hotel_id=context.hotel.pk, problems=(problem,), done=1)
