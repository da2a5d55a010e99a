"""What is sent to a real server on loopback, and how its answers are read."""

import threading
from http.server import BaseHTTPRequestHandler

import pytest

from hotels.notifications.webhooks.client import MOST_READ, NoResponse, Response, post
from tests.hotels.notifications.webhooks.receiver import (
    LOOPBACK,
    PUBLIC,
    Receiver,
    answer,
    receiving,
)
from tests.pms.serving import unused_port

pytestmark = [pytest.mark.once, pytest.mark.network]


def send(receiver: Receiver, *, seconds: float = 15.0) -> Response:
    return post(
        receiver.url,
        body=b'{"type":"invoice.issued"}',
        headers={"webhook-id": "msg_1"},
        policy=LOOPBACK,
        seconds=seconds,
    )


def test_body_and_headers_arrive_as_given() -> None:
    with receiving() as receiver:
        assert send(receiver).status == 204

    (request,) = receiver.received
    assert request.path == "/hook"
    assert request.body == b'{"type":"invoice.issued"}'
    assert request.headers["webhook-id"] == "msg_1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving() as internal, receiving() as receiver:
        receiver.answering = answer(status, Location=internal.url)

        assert send(receiver).status == status

    assert internal.received == []
    assert len(receiver.received) == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

        assert send(receiver).status == 204

    assert proxy.received == []


def test_a_receiver_on_this_machine_is_refused_unless_it_is_allowed() -> None:
    with receiving() as receiver, pytest.raises(NoResponse, match="only be connected to over"):
        post(receiver.url, body=b"{}", headers={}, policy=PUBLIC)

    assert receiver.received == []


def test_the_beginning_of_the_answer_is_read_and_no_more() -> None:
    with receiving(answer(500, b"x" * 10 * MOST_READ, Retry_After="7")) as receiver:
        response = send(receiver)

    assert response.text == "x" * MOST_READ
    assert response.headers["retry-after"] == "7"


def test_an_answer_that_is_no_text_can_be_stored() -> None:
    with receiving(answer(400, b"\x00\xff ok")) as receiver:
        assert send(receiver).text == "�� ok"


def test_an_answer_that_comes_in_drops_ends_with_the_time() -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                handler.wfile.write(b"X-Drop: 1\r\n"[:1])
        except OSError:
            pass  # the sender went away

    with receiving(drip) as receiver, pytest.raises(NoResponse):
        send(receiver, seconds=0.2)


def test_a_receiver_that_hangs_is_left_when_the_time_is_over() -> None:
    over = threading.Event()

    with receiving(lambda handler: bool(over.wait()) or None) as receiver:
        with pytest.raises(NoResponse, match="No answer within 0 seconds"):
            send(receiver, seconds=0.05)
        over.set()


def test_the_status_counts_although_the_body_does_not_follow() -> None:
    over = threading.Event()

    def begin(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nyes")
        over.wait()

    with receiving(begin) as receiver:
        response = send(receiver, seconds=1)
        over.set()

    assert (response.status, response.text) == (202, "yes")


@pytest.mark.parametrize("sent", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nA: " * 9000])
def test_what_is_no_answer_is_a_failure(sent: bytes) -> None:
    def garbage(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(sent)

    with receiving(garbage) as receiver, pytest.raises(NoResponse, match="The connection broke"):
        send(receiver)


def test_a_receiver_that_is_down_is_a_failure() -> None:
    with unused_port() as port, pytest.raises(NoResponse, match="No connection: Connection refus"):
        post(f"http://127.0.0.1:{port}/", body=b"{}", headers={}, policy=LOOPBACK)


def test_a_receiver_without_tls_on_an_https_url_is_a_failure() -> None:
    with receiving() as receiver, pytest.raises(NoResponse, match="No TLS connection"):
        post(f"https://127.0.0.1:{receiver.port}/", body=b"{}", headers={}, policy=LOOPBACK)
