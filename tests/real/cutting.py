"""A wire that can be cut: forwards one loopback port and closes both ends after so many bytes from the server."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class CuttingWire:
    """Connections to `port` go to the server's port. `cut_after` counts for each connection; None never cuts.

    `passed` is how many bytes the server sent over the latest connection.
    """

    def __init__(self, target: int, cut_after: int | None = None, host: str = "127.0.0.1") -> None:
        self.host = host
        self.cut_after = cut_after
        self.passed = 0
        self._target = target
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        _hang_up(self._listener)
        for end in self._ends:
            _hang_up(end)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [client, server]
                self.passed = 0
                threading.Thread(target=self._forward, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(4096):
                if counted and self.cut_after is not None:
                    block = block[: self.cut_after - self.passed]
                target.sendall(block)
                if counted:
                    self.passed += len(block)
                    if self.cut_after is not None and self.passed >= self.cut_after:
                        break
        _hang_up(source)
        _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
