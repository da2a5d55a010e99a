"""The vendored scripts are those of the packages in package.json."""

import json
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SHIPPED = ROOT / "hotels" / "static" / "console" / "vendor"
PACKAGES = {
    "alpine-csp.js": "@alpinejs/csp",
    "alpine-anchor.js": "@alpinejs/anchor",
    "alpine-persist.js": "@alpinejs/persist",
    "alpine-resize.js": "@alpinejs/resize",
    "alpine-sort.js": "@alpinejs/sort",
}


def test_every_vendored_script_belongs_to_a_known_package() -> None:
    assert {file.name for file in SHIPPED.iterdir()} == set(PACKAGES)
    assert set(PACKAGES.values()) <= set(
        json.loads((ROOT / "package.json").read_text())["devDependencies"]
    )


@pytest.mark.parametrize(("file", "package"), PACKAGES.items())
def test_a_vendored_script_equals_the_packages_file(file: str, package: str) -> None:
    installed = ROOT / "node_modules" / package / "dist" / "cdn.min.js"
    if not installed.exists():
        pytest.skip("npm could not install what package.json names (.ci/prepare says why)")
    assert (SHIPPED / file).read_bytes() == installed.read_bytes()
