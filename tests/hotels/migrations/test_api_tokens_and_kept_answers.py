"""Migration that moves API tokens and kept answers from the app jobs to hotels."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hotels.audit import display
from hotels.models import ApiToken, AuditEntry, Hotel, KeptAnswer
from tests.factories import HotelFactory, UserFactory
from tests.hotels.http.clients import client_with

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("jobs", "0008_daily_figures"), ("hotels", "0006_invoice_lists")]
MODELS = ("apitoken", "keptanswer")
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def migrate(targets: list[tuple[str, str]] | None = None) -> Any:
    """Migrate to `targets`, or to the newest migrations; the historical models at that point."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def earlier() -> Iterator[Any]:
    """The models before the move; the newest migrations are applied again afterwards."""
    yield migrate(BEFORE)
    migrate()


def content_types(label: str) -> dict[str, int]:
    """Keys of the content types of the moved models in an app, by model name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT model, id FROM django_content_type "
            "WHERE app_label = %s AND model IN ('apitoken', 'keptanswer')",
            [label],
        )
        return dict(cursor.fetchall())


def test_rows_made_before_the_move_are_kept_forwards_and_backwards(
    hotel: Hotel, earlier: Any
) -> None:
    user = UserFactory()
    token, text = ApiToken.issue(user=user, hotels=[hotel], read_only=True)  # the same table
    earlier.get_model("jobs", "KeptAnswer").objects.create(
        user_id=user.pk, key="k", request_hash="0" * 64, status=200, body={"a": 1}, created_at=AT
    )
    old_token = earlier.get_model("jobs", "ApiToken").objects.get()
    assert (old_token.digest, old_token.hotels.get().pk) == (token.digest, hotel.pk)

    migrate()

    assert ApiToken.objects.get().hotel_ids() == {hotel.pk}
    assert KeptAnswer.objects.get().body == {"a": 1}
    assert client_with(text).get("/api/auth/me").status_code == 200

    back = migrate(BEFORE)

    assert back.get_model("jobs", "ApiToken").objects.get().hotels.get().pk == hotel.pk
    assert back.get_model("jobs", "KeptAnswer").objects.get().key == "k"


def test_a_migrated_table_still_takes_new_rows(earlier: Any) -> None:
    migrate()
    user, hotel = UserFactory(), HotelFactory()

    ApiToken.issue(user=user, hotels=[hotel])
    hotel.delete()
    user.delete()

    assert not ApiToken.objects.exists()


def test_content_types_keep_their_keys_forwards_and_backwards(db: None) -> None:
    after = content_types("hotels")
    migrate(BEFORE)
    before = content_types("jobs")
    migrate()

    assert set(after) == set(MODELS)
    assert before == after == content_types("hotels")
    assert content_types("jobs") == {}


def test_permissions_stay_with_the_moved_models(db: None) -> None:
    migrate(BEFORE)
    migrate()

    permissions = Permission.objects.filter(content_type__model="apitoken")
    assert {each.content_type.app_label for each in permissions} == {"hotels"}
    assert permissions.count() == 4


def test_an_existing_content_type_of_the_target_is_left_alone(db: None) -> None:
    migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_content_type (app_label, model) VALUES ('hotels', 'apitoken')"
        )

    migrate()

    assert set(content_types("jobs")) == {"apitoken"}
    assert set(content_types("hotels")) == set(MODELS)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM auth_permission WHERE content_type_id = %s",
            [content_types("jobs")["apitoken"]],
        )
        cursor.execute("DELETE FROM django_content_type WHERE app_label = 'jobs' AND model = 'apitoken'")


@pytest.mark.parametrize("label", ["jobs.apitoken", "hotels.apitoken"])
def test_the_audit_trail_names_tokens_from_before_and_after_the_move(label: str) -> None:
    entry = AuditEntry(model=label, before={"read_only": True}, after={})

    assert display.kind_of(entry) == "API token"
    assert display.changed_fields(entry) == ["read only"]
