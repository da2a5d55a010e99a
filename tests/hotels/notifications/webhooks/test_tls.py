"""Certificates of receivers are verified for the name in the URL."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hotels.notifications.webhooks import client
from hotels.notifications.webhooks.client import NoResponse, post
from tests.hotels.notifications.webhooks.receiver import LOOPBACK, Receiver, receiving

pytestmark = [pytest.mark.once, pytest.mark.network]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for localhost, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "receiver.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return file


@pytest.fixture
def receiver(certificate: Path) -> Iterator[Receiver]:
    """A receiver over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    client._tls.cache_clear()
    with receiving(tls=context) as server:
        yield server
    client._tls.cache_clear()


def send(receiver: Receiver, *, host: str = "localhost") -> int:
    url = f"https://{host}:{receiver.port}/"
    return post(url, body=b"{}", headers={}, policy=LOOPBACK).status


def test_a_certificate_of_an_unknown_authority_is_refused(receiver: Receiver) -> None:
    with pytest.raises(NoResponse, match="The certificate was refused: self-signed certificate"):
        send(receiver)

    assert receiver.received == []


def test_an_operator_may_name_an_own_authority(
    receiver: Receiver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert send(receiver) == 204


def test_a_certificate_for_another_name_is_refused(
    receiver: Receiver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with pytest.raises(NoResponse, match="The certificate was refused"):
        send(receiver, host="127.0.0.1")
