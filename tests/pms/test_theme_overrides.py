"""Templates that replace one of an installed package: an upgrade that changes the original is seen.

Django prefers the project's file without a word. What a new version of the package fixes or adds
in its own file would be missing here, so each original is held by its SHA-256.
"""
# ruff: noqa: E501  a name and its hash stand on one line

from hashlib import sha256
from pathlib import Path

import pytest
from django.apps import AppConfig, apps
from django.conf import settings

pytestmark = pytest.mark.once

# The SHA-256 of the original that each template was last compared with.
ORIGINALS = {
    "admin/actions.html": "b5332aace8e6919204a65b842e626bd8b1d5f8ed855dc290ab114b08526c5f15",
    "admin/base.html": "2ce9250b3c649e3a1d3c7ea52308a2858c60374b76089c29a838c7cc870dbcf0",
    "admin/change_form.html": "e9824d4d8a447d9741a1fe4a83180042ac11383bd51678e2b5e40460fa42d86a",
    "admin/change_list.html": "5885c39760f6085d55b2db8e740d4fdc340c402fc7cd43c0b5ef6ae7fb76f421",
    "admin/delete_confirmation.html": "d2f1e1adb500396f025df904076d09a00f6a579c516f26f9c467358e959cacde",
    "admin/delete_selected_confirmation.html": "a984df47ec4909b34cb49a904fb5260fc0222c729bd1da552de9e57b133a1904",
    "drf_spectacular/swagger_ui.html": "4d1e195317550710a41d486bd4b9496af993e58458f8005f5a1bb531967edc48",
    "rest_framework/api.html": "e86929a732b5479d328c0559268a859d1fc57469590697dfb43da6d9634f4d53",
    "rest_framework/login.html": "9993a1f3c01f2ec8915863e3265bef3a4beebe6310c314f28c666bcdc5e4c654",
    "unfold/helpers/empty_results.html": "5f4727a37a99da76e245048c8c7d7307ded9fe749533b33410e38657a9b1ef7e",
    "unfold/helpers/header_title.html": "b126ed2ab9ca16802d6763f49a74ba37b5bab125e5ff1af52a1ed586982dd0f3",
    "unfold/helpers/navigation_header.html": "35139b9d94580be975de34bc44253c52c0b4ed0669dc5d4902c13016f40f31e4",
    "unfold/helpers/navigation_user.html": "4c9ba58b3f215326703c699fff40b582b10125257f7357126531e2cd73785716",
    "unfold/helpers/theme_switch.html": "c8e659df65f5aa78f136b862365f1dec13ab9f7969a347c5146d2d8602e703b8",
    "unfold/helpers/welcomemsg.html": "e8eab02522ba2319b937086bbcb6bf2a2bbe1489d236ad90ff23edbe070a7d6b",
    "unfold/layouts/skeleton.html": "66af9f0bb45f98ba4e16ba5e5a11f36d87b8e07430d19066d088b29548491c2e",
}
WHAT_TO_DO = """\
{original} is not the file that {name} was written from.
Compare the two, carry over what applies, and set the hash of {name} in ORIGINALS to
{found}
"""


def is_installed(app: AppConfig) -> bool:
    """Whether the app is of an installed package, not of this repository."""
    return not (settings.BASE_DIR / app.name.partition(".")[0]).is_dir()


def folders(*, installed: bool) -> list[Path]:
    """The template folders of installed packages, or those of the project, first match first."""
    own = [] if installed else [Path(folder) for folder in settings.TEMPLATES[0]["DIRS"]]
    return own + [
        Path(app.path) / "templates"
        for app in apps.get_app_configs()
        if is_installed(app) == installed
    ]


def original_of(name: str) -> Path | None:
    """The file that Django would take if the project had none; None where there is none."""
    return next((at / name for at in folders(installed=True) if (at / name).is_file()), None)


def overrides() -> set[str]:
    """The names of the project's templates that an installed package has too."""
    names = {
        file.relative_to(folder).as_posix()
        for folder in folders(installed=False)
        for file in folder.rglob("*")
        if file.is_file()
    }
    return {name for name in names if original_of(name)}


def test_every_template_that_replaces_an_original_is_in_the_list() -> None:
    assert overrides() == set(ORIGINALS)


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_original_is_the_one_that_was_compared(name: str) -> None:
    original = original_of(name)
    assert original is not None, f"No package has {name} any more: rename or delete the project's."

    found = sha256(original.read_bytes()).hexdigest()

    assert found == ORIGINALS[name], WHAT_TO_DO.format(original=original, name=name, found=found)
