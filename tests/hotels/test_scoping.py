"""Users see only the hotels they are members of."""

import pytest
from django.contrib.auth.models import AnonymousUser

from hotels import models
from hotels.models.scoping import HotelScoped
from tests.factories import HotelFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_member_sees_the_rows_of_their_hotel_and_no_others() -> None:
    membership = MembershipFactory()
    mine, _foreign = StaffFactory(hotel=membership.hotel), StaffFactory()

    assert list(models.StaffMember.objects.visible_to(membership.user)) == [mine]


def test_a_member_sees_their_hotel_itself() -> None:
    membership = MembershipFactory()
    HotelFactory()

    assert list(models.Hotel.objects.visible_to(membership.user)) == [membership.hotel]


def test_a_former_member_sees_nothing() -> None:
    membership = MembershipFactory(active=False)

    assert not models.Hotel.objects.visible_to(membership.user).exists()


def test_an_anonymous_user_sees_nothing() -> None:
    HotelFactory()

    assert not models.Hotel.objects.visible_to(AnonymousUser()).exists()


def test_a_superuser_sees_every_hotel() -> None:
    HotelFactory.create_batch(2)

    assert models.Hotel.objects.visible_to(UserFactory(is_superuser=True)).count() == 2


def test_an_inactive_superuser_sees_nothing() -> None:
    HotelFactory()

    locked = UserFactory(is_superuser=True, is_active=False)
    assert not models.Hotel.objects.visible_to(locked).exists()


@pytest.mark.parametrize("model", HotelScoped.__subclasses__(), ids=lambda model: model.__name__)
def test_every_scoped_model_can_be_restricted_to_a_user(model: type[HotelScoped]) -> None:
    assert not model.objects.visible_to(MembershipFactory().user).exclude(pk=0).filter(pk=-1)
