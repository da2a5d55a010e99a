"""Tokens: made by a login or on the command line, hashed, expiring, revocable, narrow."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from hotels.models import Hotel, Membership
from jobs.models import ApiToken
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs.api.books import execution
from tests.jobs.api.conftest import Role, client_of

pytestmark = pytest.mark.django_db


def login(user: Any, **more: Any) -> Any:
    body = {"username": user.username, "password": "secret"} | more
    return APIClient().post("/api/auth/login", body, format="json")


def bearing(text: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client


@pytest.fixture
def both(hotel: Hotel) -> Membership:
    """An administrator of `hotel` and of the one of this membership."""
    membership = MembershipFactory(role=Role.ADMIN)
    Membership.objects.create(user=membership.user, hotel=hotel, role=Role.ADMIN)
    return membership


def test_a_login_gives_a_token_that_works(hotel: Hotel) -> None:
    answer = login(MembershipFactory(hotel=hotel).user)

    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    assert bearing(answer.json()["token"]).get("/api/jobs").status_code == 200


def test_only_a_hash_is_kept(hotel: Hotel) -> None:
    text = login(MembershipFactory(hotel=hotel).user).json()["token"]

    row = ApiToken.objects.get()
    assert text not in (row.digest, row.token_key)
    assert len(row.digest) == 128


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"username": "nobody"}])
def test_wrong_credentials_are_a_401_that_says_not_which(change: dict[str, str]) -> None:
    answer = login(UserFactory(), **change)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json()["detail"] == "User name or password are wrong."


def test_a_locked_person_gets_no_token_and_their_tokens_end() -> None:
    user = UserFactory()
    client = client_of(user)
    user.is_active = False
    user.save()

    assert (login(user).status_code, client.get("/api/jobs").status_code) == (401, 401)


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token x",
        "Token a b",
        "Token \xff\xfe",
        "Token " + "0" * 64,
        "Token " + "0" * 5000,
        "Bearer x",
        "Basic YTpi",
    ],
)
def test_what_is_no_token_is_a_401_that_says_what_would_be(header: str) -> None:
    answer = APIClient().get("/api/jobs", headers={"Authorization": header})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_expires(hotel: Hotel) -> None:
    text = login(MembershipFactory(hotel=hotel).user, expiresInDays=1).json()["token"]

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(days=1, seconds=1)):
        assert bearing(text).get("/api/jobs").status_code == 401


@pytest.mark.parametrize("days", [0, 367, -1, 10**30, "90"])
def test_a_lifetime_that_cannot_be_is_refused(days: Any) -> None:
    answer = login(UserFactory(), expiresInDays=days)

    assert answer.json()["errors"][0]["field"] == "expiresInDays"


def test_a_token_that_signed_out_is_wrong(manager: APIClient) -> None:
    assert manager.post("/api/auth/logout").status_code == 204
    assert manager.get("/api/jobs").status_code == 401


def test_a_read_only_token_writes_nothing_and_says_so(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel).user
    client = bearing(login(user, readOnly=True).json()["token"])

    refused = client.post("/api/jobs/trigger/check-no-shows")

    assert refused.json()["detail"] == "This token may only read."
    assert client.get("/api/auth/me").json()["readOnly"] is True


def test_a_limited_token_narrows_every_list(hotel: Hotel, both: Membership) -> None:
    client = client_of(both.user, hotels=[hotel])
    run = execution(hotel).run
    execution(both.hotel, run=run)

    assert [row["hotelId"] for row in client.get("/api/jobs").json()["jobs"]] == [hotel.pk]
    assert client.get("/api/jobs/stats").json()["totalJobs"] == 1
    assert client.head("/api/jobs")["X-Total-Jobs"] == "1"
    assert client.get(f"/api/runs/{run.pk}").json()["total"] == 1
    schedules = client.get("/api/schedules").json()["schedules"]
    assert {row["hotelId"] for row in schedules} == {hotel.pk}
    members = client.get("/api/memberships").json()["memberships"]
    assert {row["hotelId"] for row in members} == {hotel.pk}
    assert [place["id"] for place in client.get("/api/auth/me").json()["hotels"]] == [hotel.pk]


def test_a_limited_token_does_not_see_wider_ones_of_its_person(
    hotel: Hotel, both: Membership
) -> None:
    wide, _ = ApiToken.issue(user=both.user)
    Membership.objects.filter(user=both.user, hotel=hotel).update(role=Role.MANAGER)
    client = client_of(both.user, hotels=[hotel])

    assert client.delete(f"/api/tokens/{wide.public_id}").status_code == 404
    assert client.get("/api/tokens").json()["total"] == 1


def test_a_limited_token_of_a_superuser_is_an_administrator_there_and_nothing_elsewhere(
    hotel: Hotel,
) -> None:
    client = client_of(UserFactory(is_superuser=True), hotels=[hotel])
    foreign = execution(HotelFactory())

    assert client.get(f"/api/jobs/{foreign.pk}").status_code == 404
    assert client.get("/api/memberships").status_code == 200
    assert client.get("/api/auth/me").json()["superuser"] is False


def test_a_limited_token_whose_hotels_are_gone_reaches_none(hotel: Hotel) -> None:
    gone = HotelFactory()
    user = UserFactory(is_superuser=True)
    client = client_of(user, hotels=[gone])
    gone.delete()

    assert client.get("/api/auth/me").json()["hotels"] == []
    assert client.get("/api/jobs").json()["total"] == 0


def test_a_token_does_not_outlive_the_membership(hotel: Hotel) -> None:
    membership = MembershipFactory(hotel=hotel)
    client = client_of(membership.user, hotels=[hotel])
    execution(hotel)
    membership.active = False
    membership.save()

    assert client.get("/api/jobs").json()["total"] == 0


def test_a_login_for_foreign_hotels_is_refused(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel).user

    answer = login(user, hotelIds=[hotel.pk, HotelFactory().pk])

    assert answer.json()["errors"][0]["field"] == "hotelIds"
    assert not ApiToken.objects.exists()


def test_an_administrator_lists_and_revokes_what_reaches_the_hotel(
    hotel: Hotel, member: Any
) -> None:
    colleague = MembershipFactory(hotel=hotel).user
    reaches, text = ApiToken.issue(user=colleague, hotels=[hotel])
    elsewhere = HotelFactory()
    Membership.objects.create(user=colleague, hotel=elsewhere, role=Role.MANAGER)
    ApiToken.issue(user=colleague, hotels=[elsewhere])
    admin = member(Role.ADMIN)

    told = admin.get("/api/tokens").json()["tokens"]
    revoked = admin.delete(f"/api/tokens/{reaches.public_id}")

    assert {row["username"] for row in told if row["id"] == str(reaches.public_id)}
    assert len(told) == 2  # the colleague's that reaches the hotel, and the administrator's own
    assert revoked.status_code == 204
    assert bearing(text).get("/api/jobs").status_code == 401


def test_tokens_of_superusers_are_no_administrators_business(hotel: Hotel, member: Any) -> None:
    boss = MembershipFactory(hotel=hotel, user=UserFactory(is_superuser=True)).user
    token, _ = ApiToken.issue(user=boss)

    assert member(Role.ADMIN).delete(f"/api/tokens/{token.public_id}").status_code == 404


def test_a_listed_token_does_not_tell_hotels_the_reader_has_not(
    hotel: Hotel, both: Membership, member: Any
) -> None:
    token, _ = ApiToken.issue(user=both.user, hotels=[hotel, both.hotel])

    told = member(Role.ADMIN).get("/api/tokens").json()["tokens"]

    assert [row["hotelIds"] for row in told if row["id"] == str(token.public_id)] == [[hotel.pk]]


def test_a_session_works_too_and_needs_the_csrf_token(hotel: Hotel) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(MembershipFactory(hotel=hotel).user)

    assert client.get("/api/jobs").status_code == 200
    refused = client.post("/api/jobs/trigger/check-no-shows")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")


class TestCreateToken:
    """`manage.py create_token`."""

    def test_it_prints_the_token_alone_on_standard_output(self, hotel: Hotel) -> None:
        user = MembershipFactory(hotel=hotel).user
        out, err = StringIO(), StringIO()

        call_command(
            "create_token",
            user.username,
            hotel=[hotel.code],
            read_only=True,
            expires="7",
            stdout=out,
            stderr=err,
        )

        row = ApiToken.objects.get()
        assert bearing(out.getvalue().strip()).get("/api/jobs").status_code == 200
        assert (row.read_only, row.limited, row.hotels.get()) == (True, True, hotel)
        assert row.expiry is not None
        assert row.expiry < datetime.now(tz=UTC) + timedelta(days=8)
        assert f"read only, {hotel.code}" in err.getvalue()

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"hotel": ["nowhere"]}, "has no access to a hotel 'nowhere'"),
            ({"expires": "0"}, "--expires must be a whole number from 1 to 366, not '0'"),
            ({"expires": "soon"}, "not 'soon'"),
            ({"label": "x" * 81}, "--label is longer than 80 characters"),
        ],
    )
    def test_wrong_usage_is_one_sentence_and_makes_nothing(
        self, options: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(CommandError, match=sentence) as told:
            call_command("create_token", UserFactory().username, **options)

        assert told.value.returncode == 2
        assert not ApiToken.objects.exists()

    def test_an_unknown_person_is_told(self) -> None:
        with pytest.raises(CommandError, match="There is no active user 'nobody'"):
            call_command("create_token", "nobody")


class TestMemberships:
    """Who may do what is for administrators to say."""

    def test_an_administrator_grants_changes_and_ends(self, hotel: Hotel, member: Any) -> None:
        admin, newcomer = member(Role.ADMIN), UserFactory()
        body = {"username": newcomer.username, "hotelId": hotel.pk, "role": "VIEWER"}

        made = admin.post("/api/memberships", body, format="json").json()
        path = f"/api/memberships/{made['id']}"
        changed = admin.patch(path, {"role": "MANAGER", "active": False}, format="json").json()

        assert changed == made | {"role": "MANAGER", "active": False}

    def test_a_second_membership_is_a_conflict(self, hotel: Hotel, member: Any) -> None:
        known = MembershipFactory(hotel=hotel).user
        body = {"username": known.username, "hotelId": hotel.pk, "role": "ADMIN"}

        assert member(Role.ADMIN).post("/api/memberships", body, format="json").status_code == 409

    @pytest.mark.parametrize("body", [{"hotelId": 1}, {"username": "x"}, {"id": 5}, {"userId": 1}])
    def test_whose_and_where_do_not_change(
        self, hotel: Hotel, member: Any, body: dict[str, Any]
    ) -> None:
        row = MembershipFactory(hotel=hotel)

        answer = member(Role.ADMIN).patch(f"/api/memberships/{row.pk}", body, format="json")

        assert answer.json()["errors"][0]["detail"] == "This member is not known."

    def test_an_unknown_name_is_told(self, hotel: Hotel, member: Any) -> None:
        body = {"username": "nobody", "hotelId": hotel.pk, "role": "VIEWER"}

        answer = member(Role.ADMIN).post("/api/memberships", body, format="json")

        assert answer.json()["errors"][0]["field"] == "username"
