"""A real SMTP server on loopback, with the answers that a test wants."""

import select
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.waiting import TIMEOUT

USER, PASSWORD = "desk", "right-password"
OK = "250 OK"
BETWEEN_DROPS = 0.02  # seconds


@dataclass(kw_only=True)
class Behaviour:
    """The server's answers at each step, and what it received."""

    rcpt: str = OK
    mail: str = OK
    data: str = OK
    hang_up_after_data: bool = False
    received: list[Envelope] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hang_up_after_data:
            server.transport.abort()
            return OK
        if self.data == OK:
            self.received.append(envelope)
        return self.data


def _log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=right, handled=False)


@contextmanager
def smtp_server(
    behaviour: Behaviour,
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    log_in: bool = False,
) -> Iterator[int]:
    """Serve on a free port of loopback; yields the port."""
    options: dict[str, Any] = {}
    if tls is not None and not implicit:
        options |= {"tls_context": tls, "require_starttls": True}
    if log_in:
        options |= {"authenticator": _log_in, "auth_required": True}

    controller = Controller(
        behaviour,
        hostname="127.0.0.1",
        port=_free_port(),
        ssl_context=tls if implicit else None,
        ready_timeout=20,
        **options,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def silent_server() -> Iterator[int]:
    """Accept connections and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def dripping_server(
    *, at: str, drip: bytes = b"2", refuse: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Answer properly up to the command `at`, then drip bytes until the client hangs up.

    `at` is `GREETING`, the word of a command, or `TEXT`, the end of the message. The command
    `refuse` is answered with a 550.
    """
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        ended = pool.submit(_drip, server, at, drip, refuse, tls)
        yield server.getsockname()[1]
        ended.result(timeout=TIMEOUT)


def _drip(
    server: socket.socket, at: str, drip: bytes, refuse: str, tls: ssl.SSLContext | None
) -> None:
    server.settimeout(TIMEOUT)
    plain, _address = server.accept()
    with plain, tls.wrap_socket(plain, server_side=True) if tls else plain as client:
        lines = client.makefile("rb")
        step = "GREETING"
        while step != at:
            said = b"220 ready" if step == "GREETING" else b"354 go on" if step == "DATA" else b""
            client.sendall((b"550 no" if step == refuse else said or b"250 ok") + b"\r\n")
            if step == "DATA":
                while lines.readline() not in (b".\r\n", b""):
                    pass
                step = "TEXT"
            else:
                step = lines.readline().split(b" ")[0].strip().decode().upper()
        with suppress(OSError):  # the end of a connection that was broken off
            while True:
                client.sendall(drip)
                said_something, _, _ = select.select([client], [], [], BETWEEN_DROPS)
                if said_something and not client.recv(1):
                    return


def free_port() -> int:
    """A port on which nothing answers."""
    return _free_port()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A context for a server at 127.0.0.1, and the certificate that its clients must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return context, file
