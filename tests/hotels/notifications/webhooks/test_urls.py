"""Which URLs an endpoint may have, and which addresses count as public."""

from ipaddress import ip_address

import pytest

from hotels.notifications.webhooks.addresses import is_public, parse_receivers
from hotels.notifications.webhooks.urls import Policy, UrlRefused, check_url
from tests.hotels.notifications.webhooks.hostile import HOSTILE
from tests.hotels.notifications.webhooks.receiver import PUBLIC

pytestmark = pytest.mark.once


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url, policy=PUBLIC)


def test_there_are_more_than_eighty_hostile_urls() -> None:
    assert len(set(HOSTILE)) > 80


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://hooks.hotel.example/a?b=c", "https://hooks.hotel.example/a?b=c"),
        ("HTTPS://Hooks.Hotel.Example/A", "https://hooks.hotel.example/A"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://hotel.example:443/", "https://hotel.example/"),
        ("https://hotel.example:8443/", "https://hotel.example:8443/"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://hotel.example", "https://hotel.example/"),
        (
            "https://hotel.example/a%2Fb/ü?q=ß&r=%20",
            "https://hotel.example/a%2Fb/%C3%BC?q=%C3%9F&r=%20",
        ),
        ("https://hotel.example?a=b/c?d", "https://hotel.example/?a=b/c?d"),
        ("https://[2606:2800:0220:1::1]/", "https://[2606:2800:220:1::1]/"),
        ("https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]/"),
        ("https://10.example/", "https://10.example/"),
    ],
)
def test_a_public_url_is_stored_in_its_normal_form(url: str, stored: str) -> None:
    assert str(check_url(url, policy=PUBLIC)) == stored


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("hooks.internal", "http://hooks.internal:81/"),
        ("Intranet", "https://intranet/"),
        ("localhost", "http://localhost/"),
        ("127.0.0.0/8", "http://127.0.0.1/"),
        ("10.1.2.3", "http://10.1.2.3/"),
        ("fd00::/8", "http://[fd00::1]/"),
        ("[::1]", "http://[::1]/"),
        # The addresses of a name are only known when the connection is made.
        ("10.0.0.0/8", "http://hooks.hotel.example/"),
    ],
)
def test_an_allowed_receiver_may_be_internal_and_without_tls(allowed: str, url: str) -> None:
    policy = Policy(allowed=parse_receivers([allowed]), plain_http=False)

    assert str(check_url(url, policy=policy)) == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://hooks.internal/", "https://127.0.0.1.hooks.internal/"]
)
def test_an_allowed_receiver_opens_no_other(url: str) -> None:
    policy = Policy(allowed=parse_receivers(["10.0.0.0/8", "a.hooks.internal"]), plain_http=False)

    with pytest.raises(UrlRefused):
        check_url(url, policy=policy)


def test_a_developer_may_use_http_but_no_internal_receiver() -> None:
    policy = Policy(allowed=parse_receivers([]), plain_http=True)

    assert check_url("http://hotel.example/", policy=policy)
    with pytest.raises(UrlRefused):
        check_url("http://127.0.0.1/", policy=policy)


@pytest.mark.parametrize(
    "entry",
    ["127.1", "0x7f.0.0.1", "10.0.0.1/8", "10.0.0.0/33", "a b", "http://a.example", "a:80", "a_/8"],
)
def test_a_malformed_receiver_is_named(entry: str) -> None:
    with pytest.raises(ValueError) as wrong:
        parse_receivers(["hooks.internal", entry])

    assert str(wrong.value) == entry


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "100.128.0.1", "172.32.0.1", "2606:4700::1111"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))
