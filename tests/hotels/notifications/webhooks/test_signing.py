"""Signatures and retries of webhooks."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from hotels.notifications.webhooks.retries import DELAYS, delay_after, parse_retry_after
from hotels.notifications.webhooks.signing import new_secret, signed_headers

pytestmark = pytest.mark.once
BODY = '{"type":"invoice.issued","data":{"guest":"Zoë"}}'


def test_a_secret_has_256_random_bits() -> None:
    secret = new_secret()

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret != new_secret()


def test_the_example_of_the_specification_is_signed_alike() -> None:
    headers = signed_headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body='{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        now=datetime.fromtimestamp(1614265330, tz=UTC),
    )

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_replaced_both_verify() -> None:
    old, new = new_secret(), new_secret()
    now = datetime.now(tz=timezone(timedelta(hours=9)))

    headers = signed_headers(message_id="msg_1", body=BODY, secrets=[new, old], now=now)

    assert Webhook(old).verify(BODY, headers)["data"] == {"guest": "Zoë"}
    assert Webhook(new).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_attempts_come_after_5_seconds_to_24_hours_and_then_end() -> None:
    waits = [delay_after(attempt) for attempt in range(1, 10)]

    for wait, planned in zip(waits, DELAYS, strict=True):
        assert wait is not None
        assert 0.8 * planned <= wait <= planned
    assert all(earlier < later for earlier, later in pairwise(waits))
    assert delay_after(10) is None


def test_a_retry_is_not_before_the_time_the_receiver_asks_for() -> None:
    assert delay_after(1, retry_after=timedelta(minutes=10)) == timedelta(minutes=10)
    assert delay_after(10, retry_after=timedelta(minutes=10)) is None


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        ("9" * 40, timedelta(hours=24)),
        ("Wed, 15 Jul 2026 06:05:00 GMT", timedelta(minutes=5)),
        ("Wed, 15 Jul 2026 06:05:00 -0000", timedelta(minutes=5)),
        ("Wed, 15 Jul 2026 05:00:00 GMT", timedelta()),
        ("Fri, 15 Jul 2050 05:00:00 GMT", timedelta(hours=24)),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("Wed, 99 Jul 2026 06:05:00 GMT", None),
    ],
)
def test_a_wish_for_a_later_time_is_read(value: str, wait: timedelta | None, now: datetime) -> None:
    assert parse_retry_after(value, now=now) == wait
