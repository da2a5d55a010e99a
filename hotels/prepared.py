"""Cursors for statements that are run for every hotel: PostgreSQL plans them once a connection.

To plan and run such a statement takes it two to three times as long as to run it, and the client
twice as long to write the values into the text as to send them beside it.
"""

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

# Runs of a statement in a connection before it is prepared.
THRESHOLD = 3


def prepared_cursor() -> CursorWrapper:
    """A cursor that sends values beside the text, and prepares a statement that comes often.

    Use it in a `with` statement. On SQLite it is an ordinary one: Python keeps statements there. A
    pooler that changes the session with each transaction would lose what is prepared. Where queries
    are logged it is an ordinary one too: the text of a prepared one would be missing.
    """
    database = connections[DEFAULT_DB_ALIAS]
    cursor = database.cursor()
    if database.vendor == "postgresql" and not database.queries_logged:
        session: Any = database.connection
        if not settings.TRANSACTION_POOLING:
            session.prepare_threshold = THRESHOLD  # other cursors never prepare
        driver: Any = database.Database  # type: ignore[attr-defined]  # missing in the stubs
        cursor.cursor = driver.Cursor(session)
    return cursor
