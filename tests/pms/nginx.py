"""Debian's nginx with the example of the deploy guide, on free ports of loopback."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pms import gunicorn
from tests.pms.serving import ROOT
from tests.waiting import TIMEOUT

PROGRAM = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
EXAMPLE = ROOT / "docs" / "howto" / "proxy" / "nginx.conf"
# Instead of Debian's /etc/nginx/nginx.conf, with all files in one folder.
_MAIN = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The ports of nginx."""

    tls: int
    plain: int


@contextmanager
def nginx(*, folder: Path, site: int, changes: Mapping[str, str] | None = None) -> Iterator[Ports]:
    """Serve the site on the port `site` through nginx, for the duration of the block.

    `changes` are texts of the example and what to put in their places.
    """
    assert PROGRAM
    _make_certificate(folder)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, user=user))
    with (
        socket.create_server(("127.0.0.1", 0), backlog=256) as tls,
        socket.create_server(("127.0.0.1", 0), backlog=256) as plain,
    ):
        ports = Ports(tls=tls.getsockname()[1], plain=plain.getsockname()[1])
        text = _example(folder=folder, site=site, ports=ports, changes=changes or {})
        (folder / "site.conf").write_text(text)
        # As when nginx replaces itself by a newer one: it inherits the sockets, so that nobody
        # can take its ports before. Connections wait in their queues until it is ready.
        sockets = [tls.fileno(), plain.fileno()]
        server = subprocess.Popen(
            [
                PROGRAM,
                "-p",
                str(folder),
                "-c",
                str(folder / "nginx.conf"),
                "-e",
                str(folder / "error.log"),
            ],
            env={"NGINX": "".join(f"{number};" for number in sockets)},
            pass_fds=sockets,
            stderr=subprocess.DEVNULL,  # the log has it as well
        )
    try:
        yield ports
    finally:
        server.terminate()
        server.wait(TIMEOUT)


def _example(*, folder: Path, site: int, ports: Ports, changes: Mapping[str, str]) -> str:
    """The example with the ports and paths of the test, for IPv4 alone."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if "listen [::]" not in line]
    text = "\n".join(lines)
    places = {
        "listen 443 ": f"listen 127.0.0.1:{ports.tls} ",
        "listen 80": f"listen 127.0.0.1:{ports.plain}",
        f"server {gunicorn.bind};": f"server 127.0.0.1:{site};",
        "/etc/letsencrypt/live/hotels.example": str(folder),
        "/var/log/nginx": str(folder),
    }
    for old, new in (places | changes).items():
        assert old in text, f"{old!r} is not in {EXAMPLE.name}."
        text = text.replace(old, new)
    return text


def _make_certificate(folder: Path) -> None:
    options = "req -x509 -nodes -days 2 -subj /CN=hotels.example -newkey ec"
    curve = "-pkeyopt ec_paramgen_curve:prime256v1"
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    command = ["openssl", *options.split(), *curve.split(), *files]
    subprocess.run(command, check=True, capture_output=True)
