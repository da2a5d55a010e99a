#!/usr/bin/env python
"""Django's command line; `python manage.py help` lists the commands."""

import os
import sys

from pms.command_line import execute


def main() -> None:
    """Run the command given on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pms.settings")
    execute(sys.argv)


if __name__ == "__main__":
    main()
