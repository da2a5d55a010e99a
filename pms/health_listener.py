"""Health endpoints on a port of their own, for a site without a proxy.

Clients that send slowly can hold every thread of gunicorn. A probe of the site's port then waits as
long as they like; this port is served by a thread that does nothing else.
"""

import logging
import os
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import connections

from pms import health

SECONDS = 5  # for a probe to send its request
BOOT_FAILED = 3  # with this exit code of a worker gunicorn ends, instead of starting another one
_log = logging.getLogger(__name__)


class HealthServer(ThreadingHTTPServer):
    """Answers `/healthz` and `/readyz` on the address; every worker process has one.

    Raises OSError if the address cannot be used.
    """

    # Every worker process has a socket of its own on the one address, which ends with it, so that
    # a new process can listen at once.
    allow_reuse_port = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Probe)

    def server_bind(self) -> None:
        """Bind the socket, without the look-up of the host's name that HTTPServer makes."""
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong with one probe; the others go on."""
        _log.warning("A health probe failed.", exc_info=True)

    def serve_in_background(self) -> None:
        """Answer until the process ends."""
        threading.Thread(target=self.serve_forever, name="health", daemon=True).start()


class _Probe(BaseHTTPRequestHandler):
    timeout = SECONDS

    def do_GET(self) -> None:
        """Answer one request."""
        try:
            response = health.answer(self.path.partition("?")[0])
        finally:
            connections.close_all()
        self.send_response(response.status_code if response else 404)
        content = response.content if response else b""
        for name, value in response.items() if response else ():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_HEAD(self) -> None:
        """Answer one request without the body."""
        self.do_GET()

    def version_string(self) -> str:
        """Reveal no version."""
        return "health"

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: probes come every few seconds."""


def start(address: tuple[str, int] | None) -> None:
    """Answer probes in this process on the address; do nothing without one.

    Ends the process with one sentence, so that gunicorn stops, if the address cannot be used.
    """
    if address is None:
        return
    try:
        server = HealthServer(address)
    except OSError as error:
        host, port = address
        reason = os.strerror(error.errno) if error.errno else str(error)
        sys.stderr.write(f"Setting error: HEALTH_ADDRESS: {host} port {port}: {reason}.\n")
        raise SystemExit(BOOT_FAILED) from None
    server.serve_in_background()
