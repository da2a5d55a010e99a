"""A process of a benchmark: started afresh, with a database of its own on SQLite."""

import os
import shutil
from pathlib import Path

import django


def begin(folder: str) -> None:
    """Load the project; on SQLite, which has one writer at a time, copy the database to `folder`.

    The database must not be open elsewhere, or the copy lacks what is not yet in its main file.
    """
    django.setup()
    from django.db import connection

    if connection.vendor == "sqlite":
        own = Path(folder) / f"{os.getpid()}.sqlite3"
        shutil.copy(connection.settings_dict["NAME"], own)
        connection.settings_dict["NAME"] = str(own)
