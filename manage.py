#!/usr/bin/env python
"""Django's command line; `python manage.py help` lists the commands."""

import gc
import os
import sys

# What is imported stays: to search it for garbage again and again took a tenth of the time in which
# a command starts. `execute` switches the search on.
gc.disable()

from pms.command_line import execute  # noqa: E402  the imports are what takes the time


def main() -> None:
    """Run the command given on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pms.settings")
    execute(sys.argv)


if __name__ == "__main__":
    main()
