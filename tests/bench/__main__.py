"""Measurements beside a floor: `python -m tests.postgres python -m tests.bench [NAME …]`.

Names are `tick`, `availability`, `crash`, `api`, `console` and `pages`; all of them without a name.
"""

import os
import sys

import django

# The environment has to be said before anything of the project is imported.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.bench import api, availability, console, crashing, group, pages, ticking

BENCHES = {
    "tick": ticking.run,
    "availability": availability.run,
    "crash": crashing.run,
    "api": api.run,
    "console": console.run,
    "pages": pages.run,
}


def main(names: list[str]) -> int:
    """Run the benches named, or all."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"There is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}.\n")
        return 2
    group.migrate()
    for name in names or BENCHES:
        group.empty()
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
