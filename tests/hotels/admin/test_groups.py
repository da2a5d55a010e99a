"""Hotel groups in the admin, for superusers alone."""

import pytest
from django.contrib.auth.models import User
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, Hotel, HotelGroup
from tests.factories import HotelFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotel() -> Hotel:
    return HotelFactory(group=HotelGroup.objects.create(name="Harbour Hotels"))


def test_a_superuser_sets_the_limit_of_a_group(admin_client: Client, hotel: Hotel) -> None:
    page = reverse("admin:hotels_hotelgroup_change", args=[hotel.group_id])

    admin_client.post(page, {"name": "Harbour Hotels", "hotels_at_once": "20", "codes": hotel.code})

    assert HotelGroup.objects.get().hotels_at_once == 20
    entry = AuditEntry.objects.get(model="hotels.hotelgroup")
    assert entry.after == {"hotels_at_once": 20}


def test_a_limit_of_no_hotel_is_refused(admin_client: Client, hotel: Hotel) -> None:
    page = reverse("admin:hotels_hotelgroup_change", args=[hotel.group_id])

    admin_client.post(page, {"name": "Harbour Hotels", "hotels_at_once": "0"})

    assert HotelGroup.objects.get().hotels_at_once is None


def test_the_list_counts_the_hotels_and_leads_to_them(admin_client: Client, hotel: Hotel) -> None:
    HotelFactory()

    groups = admin_client.get(reverse("admin:hotels_hotelgroup_changelist")).content.decode()
    link = f"{reverse('admin:hotels_hotel_changelist')}?group={hotel.group_id}"
    found = admin_client.get(link).context["cl"].queryset

    assert f'href="{link}">1</a>' in groups
    assert list(found) == [hotel]


def test_an_administrator_of_a_hotel_sees_its_group_and_cannot_change_it(
    client: Client, hotel: Hotel
) -> None:
    user = User.objects.create_user("owner", is_staff=True)
    MembershipFactory(user=user, hotel=hotel, role="ADMIN")
    client.force_login(user)

    form = client.get(reverse("admin:hotels_hotel_change", args=[hotel.pk]))
    groups = client.get(reverse("admin:hotels_hotelgroup_changelist"))

    assert "Harbour Hotels" in form.content.decode()
    assert "group" not in form.context["adminform"].form.fields
    assert "/hotelgroup/" not in form.content.decode()
    assert groups.status_code == 403


def test_a_group_with_hotels_is_not_deleted(hotel: Hotel) -> None:
    with pytest.raises(ProtectedError):
        HotelGroup.objects.all().delete()


def test_hotels_are_put_in_a_group_and_taken_out_of_it_by_their_codes(
    admin_client: Client, hotel: Hotel
) -> None:
    page = reverse("admin:hotels_hotelgroup_change", args=[hotel.group_id])
    new = HotelFactory()

    admin_client.post(page, {"name": "Harbour Hotels", "codes": new.code})

    assert list(HotelGroup.objects.get().hotels.all()) == [new]
    moves = AuditEntry.objects.filter(verb="move").values_list("hotel_id", "note")
    assert set(moves) == {
        (hotel.pk, "out of the hotel group Harbour Hotels"),
        (new.pk, "into the hotel group Harbour Hotels"),
    }


def test_hotels_that_were_moved_since_the_form_was_opened_stay_where_they_are(
    admin_client: Client, hotel: Hotel
) -> None:
    """Two superusers at once: one sets the limit, the other one moves hotels."""
    gone = HotelFactory(group=hotel.group)
    page = reverse("admin:hotels_hotelgroup_change", args=[hotel.group_id])
    opened_with = f"{gone.code}\r\n{hotel.code}"
    shown = admin_client.get(page).content.decode()
    assert 'name="initial-codes"' in shown
    new, added = HotelFactory(group=hotel.group), HotelFactory()
    Hotel.objects.filter(pk=gone.pk).update(group=None)

    form = {"name": "Harbour Hotels", "hotels_at_once": "3", "initial-codes": opened_with}
    admin_client.post(page, form | {"codes": f"{opened_with}\r\n{added.code}"})

    group = HotelGroup.objects.get()
    assert (group.hotels_at_once, set(group.hotels.all())) == (3, {hotel, new, added})


def test_codes_may_be_separated_by_commas(admin_client: Client, hotel: Hotel) -> None:
    page = reverse("admin:hotels_hotelgroup_change", args=[hotel.group_id])
    other = HotelFactory()

    admin_client.post(page, {"name": "Harbour Hotels", "codes": f"{hotel.code}, {other.code};"})

    assert set(HotelGroup.objects.get().hotels.all()) == {hotel, other}


def test_codes_of_no_hotel_are_refused(admin_client: Client, hotel: Hotel) -> None:
    page = reverse("admin:hotels_hotelgroup_change", args=[hotel.group_id])

    answer = admin_client.post(page, {"name": "Harbour Hotels", "codes": "nowhere\nelsewhere"})

    assert "No hotel has one of these codes: elsewhere, nowhere" in answer.content.decode()
    assert list(HotelGroup.objects.get().hotels.all()) == [hotel]
