"""Migration that moves API tokens and kept answers from the app jobs to hotels."""

from datetime import UTC, datetime
from typing import Any

import pytest
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from hotels.audit import display
from hotels.models import ApiToken, AuditEntry
from tests.hotels.http.clients import client_with
from tests.migrating import Migrating

pytestmark = pytest.mark.migration(
    "jobs.0009_tokens_move_to_hotels", "hotels.0007_api_tokens_and_kept_answers"
)
MODELS = ("apitoken", "keptanswer")
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def issue(apps: Any, *, label: str) -> tuple[Any, Any, str]:
    """A token of a new user, limited to a new hotel; that hotel; and the token's text."""
    user = apps.get_model("auth", "User").objects.create(username="ana")
    hotel = apps.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    digest, text = get_digest_token()
    token = apps.get_model(label, "ApiToken").objects.create(
        digest=digest,
        token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=user,
        read_only=True,
        limited=True,
    )
    token.hotels.add(hotel)
    return token, hotel, text


def content_types(apps: Any, label: str) -> dict[str, int]:
    """Keys of the content types of the moved models in an app, by model name."""
    found = apps.get_model("contenttypes", "ContentType").objects.filter(
        app_label=label, model__in=MODELS
    )
    return dict(found.values_list("model", "pk"))


@pytest.fixture
def named(migration: Migrating) -> dict[str, int]:
    """Content types before the move, with the permissions of API tokens; their keys."""
    apps = migration.earlier
    for model in MODELS:
        apps.get_model("contenttypes", "ContentType").objects.create(app_label="jobs", model=model)
    keys = content_types(apps, "jobs")
    for verb in ("add", "change", "delete", "view"):
        apps.get_model("auth", "Permission").objects.create(
            content_type_id=keys["apitoken"], codename=f"{verb}_apitoken", name=verb
        )
    return keys


def test_rows_made_before_the_move_are_kept_forwards_and_backwards(migration: Migrating) -> None:
    earlier = migration.earlier
    token, hotel, _ = issue(earlier, label="jobs")
    earlier.get_model("jobs", "KeptAnswer").objects.create(
        user=token.user, key="k", request_hash="0" * 64, status=200, body={"a": 1}, created_at=AT
    )

    after = migration.forwards()

    moved = after.get_model("hotels", "ApiToken").objects.get()
    assert (moved.digest, moved.limited, moved.hotels.get().pk) == (token.digest, True, hotel.pk)
    assert after.get_model("hotels", "KeptAnswer").objects.get().body == {"a": 1}

    back = migration.backwards()

    assert back.get_model("jobs", "ApiToken").objects.get().hotels.get().pk == hotel.pk
    assert back.get_model("jobs", "KeptAnswer").objects.get().key == "k"


def test_a_token_from_before_the_move_is_still_accepted(migration: Migrating) -> None:
    _, hotel, text = issue(migration.earlier, label="jobs")

    migration.to_newest()

    assert ApiToken.objects.get().hotel_ids() == {hotel.pk}
    assert client_with(text).get("/api/auth/me").status_code == 200


def test_a_migrated_table_still_takes_new_rows(migration: Migrating) -> None:
    after = migration.forwards()

    token, hotel, _ = issue(after, label="hotels")
    hotel.delete()
    token.user.delete()

    assert not after.get_model("hotels", "ApiToken").objects.exists()


def test_content_types_keep_their_keys_forwards_and_backwards(
    migration: Migrating, named: dict[str, int]
) -> None:
    after = migration.forwards()

    assert content_types(after, "hotels") == named
    assert content_types(after, "jobs") == {}

    back = migration.backwards()

    assert content_types(back, "jobs") == named
    assert content_types(back, "hotels") == {}


def test_permissions_stay_with_the_moved_models(
    migration: Migrating, named: dict[str, int]
) -> None:
    after = migration.forwards()

    permissions = after.get_model("auth", "Permission").objects.filter(
        content_type__model="apitoken"
    )
    assert {each.content_type.app_label for each in permissions} == {"hotels"}
    assert permissions.count() == 4


def test_an_existing_content_type_of_the_target_is_left_alone(
    migration: Migrating, named: dict[str, int]
) -> None:
    migration.earlier.get_model("contenttypes", "ContentType").objects.create(
        app_label="hotels", model="apitoken"
    )

    after = migration.forwards()

    assert set(content_types(after, "jobs")) == {"apitoken"}
    assert set(content_types(after, "hotels")) == set(MODELS)


@pytest.mark.parametrize("label", ["jobs.apitoken", "hotels.apitoken"])
def test_the_audit_trail_names_tokens_from_before_and_after_the_move(label: str) -> None:
    entry = AuditEntry(model=label, before={"read_only": True}, after={})

    assert display.kind_of(entry) == "API token"
    assert display.changed_fields(entry) == ["read only"]
