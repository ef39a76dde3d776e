"""A TCP proxy between client and server that cuts the link when it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Forwards everything, but once: a request that holds the bytes `cut_at` gets no answer.

    The request itself is delivered, then the link is cut; later links are whole.
    """

    def __init__(self, host: str, port: int):
        self.target = (host, port)
        self.cut_at: bytes | None = None
        self.seen: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            self._sockets += [client, server]
            threading.Thread(target=self._forward, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._forward, args=(server, client, False), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                cut = is_request and self.cut_at is not None and self.cut_at in data
                if is_request:
                    self.seen.append(data)
                if cut:
                    self.cut_at = None
                    # no answer may pass from here on; the server still gets the request
                    source.shutdown(socket.SHUT_RDWR)
                target.sendall(data)
                if cut:
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_WR if end is target and is_request else socket.SHUT_RDWR)

    def close(self) -> None:
        for end in (self._listener, *self._sockets):
            with suppress(OSError):
                end.close()


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    """Run a proxy until the block ends."""
    running = Proxy(host, port)
    try:
        yield running
    finally:
        running.close()
