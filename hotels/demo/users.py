"""The two demo users; their random passwords are stored in one private file."""

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
    """A demo user with password and role; `hotels` are hotel codes."""

    username: str
    password: str
    role: str
    hotels: tuple[str, ...]


USERS = (
    ("manager", Membership.Role.MANAGER, ("lisbon", "tokyo")),
    ("administrator", Membership.Role.ADMIN, tuple(plan.code for plan in GROUP)),
)


def ensure_users(*, file: Path) -> tuple[list[DemoUser], bool]:
    """Return the demo users, and whether passwords were set now.

    Users listed in `file` keep their passwords. Only the file stores them: without it both users
    get new ones.
    """
    stored = _read(file)
    users = get_user_model().objects
    names = {name for name, _role, _hotels in USERS}
    if set(stored) == names and all(
        (user := users.filter(username=name).first()) is not None
        and user.check_password(stored[name].password)
        for name in names
    ):
        for name, role, codes in USERS:
            _join(users.get(username=name), role=role, codes=codes)
        return [stored[name] for name, _role, _hotels in USERS], False
    created = [_create(username=name, role=role, codes=codes) for name, role, codes in USERS]
    _write(file, created)
    return created, True


def _create(*, username: str, role: str, codes: tuple[str, ...]) -> DemoUser:
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
    """Create the missing memberships; existing ones are not changed."""
    for hotel in Hotel.objects.filter(code__in=codes):
        Membership.objects.get_or_create(user=user, hotel=hotel, defaults={"role": role})


def _read(file: Path) -> dict[str, DemoUser]:
    try:
        entries = json.loads(file.read_text())["users"]
        return {
            entry["username"]: DemoUser(**entry | {"hotels": tuple(entry["hotels"])})
            for entry in entries
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(file: Path, users: list[DemoUser]) -> None:
    file.touch(mode=0o600)
    file.chmod(0o600)
    entries = [
        {
            "username": user.username,
            "password": user.password,
            "role": user.role,
            "hotels": list(user.hotels),
        }
        for user in users
    ]
    file.write_text(json.dumps({"users": entries}, indent=1) + "\n")
