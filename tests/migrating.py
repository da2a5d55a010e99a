"""The fixture `migration`: a database of its own, as it is before a migration.

A test names the migration, one of tests.tables.STEPS, with the mark `migration`. Going through its
own step only, with the models before and after it, a test costs less than a second and needs no
change when further migrations are added. Django would build all models anew for each operation of
each test: here the tests of a step share them.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from copy import copy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RunPython
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from tests import postgres
from tests.tables import STEPS, copy_before

Step = tuple[str, ...]


class KnownOperation:
    """An operation of a migration between two states whose models are there already."""

    def __init__(self, operation: Any, *, before: ProjectState, after: ProjectState) -> None:
        self._operation, self._before, self._after = operation, before, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operation, name)

    def state_forwards(self, label: str, state: ProjectState) -> None:
        """The states are known."""

    def database_forwards(self, label: str, editor: Any, *states: ProjectState) -> None:
        self._forget()
        self._operation.database_forwards(label, editor, self._before, self._after)

    def database_backwards(self, label: str, editor: Any, *states: ProjectState) -> None:
        self._forget()
        self._operation.database_backwards(label, editor, self._after, self._before)

    def _forget(self) -> None:
        """Forget what models noted in other states, as Django does whenever a model is added."""
        for state in (self._before, self._after):
            forget(state.apps)


class Migrating:
    """The database of a test, to be taken through a step of migrations.

    `earlier` are the models before the step, with the columns that the tables have there.
    """

    def __init__(self, step: Step) -> None:
        self._migrations, self.earlier, self._later = known(step)
        forget(self.earlier)
        forget(self._later)
        self._executor = copy(planner())
        self._executor.connection = connection
        self._executor.recorder = MigrationRecorder(connection)

    def forwards(self) -> Any:
        """Apply the step; the models after it."""
        for each in self._migrations:
            self._executor.apply_migration(ProjectState(), each)
        return self._later

    def backwards(self) -> Any:
        """Undo the step; the models before it."""
        for each in reversed(self._migrations):
            self._executor.unapply_migration(ProjectState(), each)
        return self.earlier

    def to_newest(self) -> None:
        """Apply the step and all that follow, where the test is about today's code: seconds."""
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


def forget(apps: Any) -> None:
    """Forget the relations and content types that the models of a state have noted."""
    apps.clear_cache()
    apps.get_model("contenttypes", "ContentType").objects.clear_cache()


@cache
def planner() -> MigrationExecutor:
    """An executor without a database: the migrations are read from their files once."""
    return MigrationExecutor(None)


@lru_cache(maxsize=1)  # the tests of a step follow each other, and all models take much memory
def known(step: Step) -> tuple[list[Any], Any, Any]:
    """The migrations of a step, made of known operations; the models before it and after it."""
    executor = planner()
    plan = [each for each, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    names = [f"{each.app_label}.{each.name}" for each in plan]
    first, last = names.index(step[0]), names.index(step[-1])
    found = ProjectState(real_apps=executor.loader.unmigrated_apps)
    for each in plan[:first]:
        each.mutate_state(found, preserve=False)
    # The tests' own models: those of operations are shared by several states.
    earlier, state = found.clone().apps, found.clone()
    _ = state.apps  # each later state takes over the models that stay the same
    migrations = []
    for each in plan[first : last + 1]:
        each.mutate_state(found, preserve=False)
        operations = []
        for operation in each.operations:
            if isinstance(operation, RunPython):
                # It drops models whose relations were left for later: that would be in each test.
                state.clear_delayed_apps_cache()
                state.is_delayed = False
                _ = state.apps
            before, state = state, state.clone()
            operation.state_forwards(each.app_label, state)
            operations.append(KnownOperation(operation, before=before, after=state))
        migrations.append(copy(each))
        migrations[-1].operations = operations
    return migrations, earlier, found.apps


@pytest.fixture(scope="session")
def tables_with_copies(tables: Path | None, django_db_blocker: Any) -> Iterator[str]:
    """The database, or its file, of which there are copies from before each step.

    The private server of tests.postgres has them; on another they are made, and dropped at the end.
    """
    if tables:
        yield str(tables)
        return
    with django_db_blocker.unblock():
        made = execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [copy_before(STEPS[0], of="template1")]
        )
    if made:
        yield "template1"
        return
    name = f"test_{uuid4().hex}"
    with django_db_blocker.unblock(), ExitStack() as drops:
        for database in (name, *(copy_before(step, of=name) for step in STEPS)):
            drops.callback(execute, f'DROP DATABASE IF EXISTS "{database}"')
        execute(f'CREATE DATABASE "{name}"')
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        postgres.make_tables(url)
        yield name


@contextmanager
def in_memory(file: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection of SQLite to a copy of the file."""
    own = connection.copy()
    own.settings_dict["NAME"] = ":memory:"
    own.connect()
    with closing(own.connection), closing(sqlite3.connect(file)) as source:
        source.backup(own.connection)
        yield own


@contextmanager
def on_server(template: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection of PostgreSQL to a copy of the database."""
    own = connection.copy()
    own.settings_dict["NAME"] = f"test_{uuid4().hex}"
    own.settings_dict["OPTIONS"].pop("pool", None)  # pools are shared by the alias
    execute(f'CREATE DATABASE "{own.settings_dict["NAME"]}" TEMPLATE "{template}"')
    try:
        yield own
    finally:
        own.close()
        execute(f'DROP DATABASE "{own.settings_dict["NAME"]}"')


def execute(statement: str, parameters: list[str] | None = None) -> bool:
    """Run a statement on the server, outside the tests' databases; whether it found anything."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement, parameters)
        return bool(cursor.description and cursor.fetchone())


@pytest.fixture
def migration(
    request: pytest.FixtureRequest, tables_with_copies: str, django_db_blocker: Any
) -> Iterator[Migrating]:
    """The step of the mark `migration`; all queries of the test go to a database before it."""
    mark = request.node.get_closest_marker("migration")
    step = mark.args if mark else ()
    if step not in STEPS:
        raise pytest.UsageError(f"{step}, of the mark `migration`, is not in tests.tables.STEPS.")
    new_database = in_memory if connection.vendor == "sqlite" else on_server
    template = copy_before(step, of=tables_with_copies)
    with django_db_blocker.unblock(), new_database(template) as own:
        shared, connections["default"] = connections["default"], own
        ContentType.objects.clear_cache()
        try:
            yield Migrating(step)
        finally:
            connections["default"] = shared
            ContentType.objects.clear_cache()
