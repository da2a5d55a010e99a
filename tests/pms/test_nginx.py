"""The example of nginx in the deploy guide: slow clients, limits and headers."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pms.nginx import PROGRAM, Ports, nginx
from tests.pms.serving import gunicorn
from tests.pms.slow_clients import (
    HALF_A_BODY,
    HALF_A_HEADER,
    are_held,
    connected,
    get,
    is_closed,
    slow_clients,
)
from tests.pms.test_production import manage
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.once,
    pytest.mark.network,
    pytest.mark.skipif(PROGRAM is None, reason="Debian's package nginx is missing"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the program openssl is missing"),
]
# Slow clients are to be held for as long as a test needs.
PATIENT = {"client_header_timeout 10s": "client_header_timeout 1h"} | {
    "client_body_timeout 15s": "client_body_timeout 1h"
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, tables: Path | None) -> Iterator[int]:
    """A gunicorn as behind one proxy, on an empty SQLite database."""
    file = tmp_path_factory.mktemp("site") / "db.sqlite3"
    url = f"sqlite:///{file}"
    if tables:
        shutil.copy(tables, file)
    else:
        assert manage("migrate", "--verbosity=0", DATABASE_URL=url).returncode == 0
    production = {"HTTPS": "true", "TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": "hotels.example"}
    with gunicorn(url=url, **production) as port:
        yield port


@pytest.fixture(scope="module")
def proxy(site: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    with nginx(folder=tmp_path_factory.mktemp("nginx"), site=site, changes=PATIENT) as ports:
        yield ports


def test_slow_clients_do_not_hold_up_the_site(proxy: Ports) -> None:
    with (
        slow_clients(port=proxy.tls, sent=HALF_A_HEADER, tls=True) as headers,
        slow_clients(port=proxy.tls, sent=HALF_A_BODY, tls=True) as bodies,
    ):
        health, _ = get(port=proxy.tls, path="/healthz", tls=True)
        page, body = get(port=proxy.tls, path="/admin/login/", tls=True)

        assert (health.status, page.status) == (200, 200)
        assert b"csrfmiddlewaretoken" in body
        assert are_held([*headers, *bodies])


def test_an_address_has_a_limited_number_of_requests_at_once(proxy: Ports) -> None:
    source = "127.0.0.4"  # whose requests no other test counts
    with slow_clients(
        port=proxy.tls, sent=HALF_A_BODY, number=61, source=source, tls=True
    ) as clients:
        wait_until(lambda: not are_held(clients), what="one request too many is refused")

        own, _ = get(port=proxy.tls, path="/healthz", source=source, tls=True)
        other, _ = get(port=proxy.tls, path="/healthz", source="127.0.0.3", tls=True)

    assert (own.status, other.status) == (429, 200)


def test_an_address_has_a_limited_rate_of_requests(site: int, tmp_path: Path) -> None:
    slower = {"rate=50r/s": "rate=1r/m", "burst=100": "burst=2"}
    with nginx(folder=tmp_path, site=site, changes=slower) as ports:
        own = [get(port=ports.tls, path="/healthz", tls=True)[0].status for _ in range(4)]
        other, _ = get(port=ports.tls, path="/healthz", source="127.0.0.3", tls=True)

    assert (own, other.status) == ([200, 200, 200, 429], 200)


def test_addresses_of_one_ipv6_network_are_one_caller(site: int, tmp_path: Path) -> None:
    """The test names the address in a header, as loopback has a single IPv6 address."""
    named = "set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;"
    slower = {"rate=50r/s": "rate=1r/m", "burst=100": "burst=1"}
    changes = slower | {"server_tokens off;": f"server_tokens off; {named}"}

    with nginx(folder=tmp_path, site=site, changes=changes) as ports:

        def status(address: str) -> int:
            headers = {"X-Real-IP": address}
            return get(port=ports.tls, path="/healthz", tls=True, **headers)[0].status

        own = [status(f"2001:db8:0:1::{last}") for last in (1, 2, 3)]
        other = status("2001:db8:0:2::1")

    assert (own, other) == ([200, 200, 429], 200)


@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain"])
def test_the_connection_of_a_slow_client_is_closed(site: int, tmp_path: Path, tls: bool) -> None:
    sooner = {"client_header_timeout 10s": "client_header_timeout 1s"}
    with (
        nginx(folder=tmp_path, site=site, changes=sooner) as ports,
        slow_clients(
            port=ports.tls if tls else ports.plain, sent=HALF_A_HEADER, number=1, tls=tls
        ) as (client,),
    ):
        assert is_closed(client)


def test_the_site_believes_what_nginx_says_of_a_request(proxy: Ports) -> None:
    """Believed to be plain HTTP, the page would redirect; a forged number is replaced."""
    forged = {"X-Forwarded-Proto": "http", "X-Request-Id": "forged"}

    page, _ = get(port=proxy.tls, path="/admin/login/", tls=True, **forged)

    assert page.status == 200
    assert "__Host-csrftoken" in str(page.getheader("Set-Cookie"))
    number = str(page.getheader("X-Request-Id"))
    assert len(number) == 32
    assert int(number, 16)


def test_plain_http_redirects_pages_and_refuses_the_api(proxy: Ports) -> None:
    page, _ = get(port=proxy.plain, path="/admin/?q=1")
    api, _ = get(port=proxy.plain, path="/api/jobs")

    assert (page.status, page.getheader("Location")) == (301, "https://hotels.example/admin/?q=1")
    assert (api.status, api.getheader("Location")) == (403, None)


def test_another_host_name_does_not_reach_the_site(proxy: Ports) -> None:
    with connected(port=proxy.plain, source="127.0.0.1", tls=False) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n")

        assert is_closed(client)
