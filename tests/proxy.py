"""A proxy before the database, whose connections can be broken as networks break them."""

import socket
import threading
from contextlib import suppress

from django.db import connection


class Proxy:
    """Passes on what clients and the server say, until it is told otherwise."""

    def __init__(self, *, server: str, port: int) -> None:
        self._server = (server, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._clients: list[socket.socket] = []
        self._servers: list[socket.socket] = []
        self._swallowing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """The port at which clients find the proxy."""
        port: int = self._listening.getsockname()[1]
        return port

    def swallow(self) -> None:
        """Pass on nothing from now on; every connection stays open."""
        self._swallowing.set()

    def lose_clients(self) -> None:
        """Let the server see that its connections ended; clients are told nothing."""
        for server in self._servers:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End all connections and take no more."""
        for each in (self._listening, *self._clients, *self._servers):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the proxy is closed
            while True:
                client, _ = self._listening.accept()
                server = self._connected()
                self._clients.append(client)
                self._servers.append(server)
                for source, target in ((client, server), (server, client)):
                    args = (source, target)
                    threading.Thread(target=self._pass_on, args=args, daemon=True).start()

    def _connected(self) -> socket.socket:
        host, port = self._server
        if not host.startswith("/"):
            return socket.create_connection(self._server)
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # one of the two is gone, of which the other is not told
            while data := source.recv(65536):
                if not self._swallowing.is_set():
                    target.sendall(data)


def before_postgres() -> Proxy:
    """A proxy before the server of the tests, which the caller closes."""
    parameters = connection.get_connection_params()
    return Proxy(server=parameters["host"], port=int(parameters.get("port") or 5432))
