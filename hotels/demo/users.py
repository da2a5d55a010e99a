"""The two people of the demo, with random passwords kept in one private file."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, User

from hotels.demo.group import GROUP
from hotels.models import Hotel, Membership


@dataclass(frozen=True, kw_only=True)
class DemoUser:
    """A login of the demo; `hotels` are codes."""

    username: str
    password: str
    role: str
    hotels: tuple[str, ...]


PEOPLE = (
    ("manager", Membership.Role.MANAGER, ("lisbon", "tokyo")),
    ("administrator", Membership.Role.ADMIN, tuple(plan.code for plan in GROUP)),
)


def ensure_users(*, file: Path) -> tuple[list[DemoUser], bool]:
    """The demo's people and whether they were made now; known ones keep their passwords.

    The file is the only place the passwords are kept: without it, new ones are set.
    """
    kept = _read(file)
    users = get_user_model().objects
    names = {name for name, _role, _hotels in PEOPLE}
    if set(kept) == names and all(
        (user := users.filter(username=name).first()) is not None
        and user.check_password(kept[name].password)
        for name in names
    ):
        for name, role, codes in PEOPLE:
            _join(users.get(username=name), role=role, codes=codes)
        return [kept[name] for name, _role, _hotels in PEOPLE], False
    made = [_make(username=name, role=role, codes=codes) for name, role, codes in PEOPLE]
    _write(file, made)
    return made, True


def _make(*, username: str, role: str, codes: tuple[str, ...]) -> DemoUser:
    password = secrets.token_urlsafe(12)
    user, _new = get_user_model().objects.get_or_create(username=username)
    assert isinstance(user, AbstractUser)
    user.is_staff = True
    user.is_superuser = role == Membership.Role.ADMIN
    user.set_password(password)
    user.save()
    _join(user, role=role, codes=codes)
    return DemoUser(username=username, password=password, role=role, hotels=codes)


def _join(user: User, *, role: str, codes: tuple[str, ...]) -> None:
    """Make the memberships that are missing; what a person made of one stays."""
    for hotel in Hotel.objects.filter(code__in=codes):
        Membership.objects.get_or_create(user=user, hotel=hotel, defaults={"role": role})


def _read(file: Path) -> dict[str, DemoUser]:
    try:
        people = json.loads(file.read_text())["users"]
        return {
            entry["username"]: DemoUser(**entry | {"hotels": tuple(entry["hotels"])})
            for entry in people
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(file: Path, people: list[DemoUser]) -> None:
    file.touch(mode=0o600)
    file.chmod(0o600)
    users = [
        {
            "username": person.username,
            "password": person.password,
            "role": person.role,
            "hotels": list(person.hotels),
        }
        for person in people
    ]
    file.write_text(json.dumps({"users": users}, indent=1) + "\n")
