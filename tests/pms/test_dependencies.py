"""Dependencies: pinned with hashes as the requirements ask, under licences that permit use."""

import re
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.pms.serving import ROOT

pytestmark = pytest.mark.once
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF|ISC|LGPL|MPL|Lesser General Public)", re.IGNORECASE)
FORBIDDEN = re.compile(r"AGPL|Affero|(?<!L)GPL|(?<!Lesser )General Public", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A pinned version, and how many files of it are accepted."""

    version: str
    hashes: int


def pins(name: str) -> dict[str, Pin]:
    """The pinned versions of a file, by the name of the distribution."""
    found: dict[str, Pin] = {}
    entries = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / name).read_text())
    for entry in entries:
        line = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", entry)
        assert line, entry
        found[canonicalize_name(line[1])] = Pin(
            version=line[2], hashes=entry.count("--hash=sha256:")
        )
    return found


def required(name: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


RUNTIME, ALL = pins("constraints.txt"), pins("constraints-dev.txt")


@pytest.mark.parametrize("name", ["", "-dev", "-bench"])
def test_each_requirement_is_pinned_to_a_version_it_allows(name: str) -> None:
    pinned = pins(f"constraints{name}.txt")

    for each in required(f"requirements{name}.txt"):
        assert each.specifier.contains(pinned[canonicalize_name(each.name)].version), each


def test_each_pin_has_hashes() -> None:
    assert [name for name, pin in ALL.items() if not pin.hashes] == []


def test_tests_run_on_the_versions_of_production() -> None:
    assert {name: ALL[name] for name in RUNTIME} == RUNTIME


@pytest.mark.parametrize("name", sorted(RUNTIME))
def test_a_dependency_has_a_licence_that_permits_use(name: str) -> None:
    licences = _licences(distribution(name))

    assert PERMISSIVE.search(licences), licences
    assert not FORBIDDEN.search(licences), licences


def test_a_forbidden_licence_is_recognised() -> None:
    assert FORBIDDEN.search("GPL-3.0-only")
    assert FORBIDDEN.search("GNU General Public License v3 (GPLv3)")
    assert not FORBIDDEN.search("LGPL-3.0-only GNU Lesser General Public License v2 (LGPLv2+)")


def _licences(package: Distribution) -> str:
    fields = package.metadata
    classifiers = [line for line in fields.get_all("Classifier", []) if line.startswith("License")]
    named = [fields.get("License-Expression"), *classifiers, (fields.get("License") or "")[:80]]
    return " ".join(filter(None, named))
