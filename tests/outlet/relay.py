"""A relay that answers as it is told, and keeps what it takes."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread


@dataclass
class Relay:
    """`answers` maps a command (`MAIL`, `.` for the end of a mail, `hello` for the greeting) to what is said to it.

    An answer of `None` hangs up; `b""` says nothing. `once` is the same, for the first time only.
    """

    answers: dict[str, bytes | None] = field(default_factory=dict)
    once: dict[str, bytes | None] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8")
    tls: ssl.SSLContext | None = None  # by STARTTLS
    at_once: bool = False  # or from the first byte
    connections: int = 0
    commands: list[bytes] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Relay:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self.connections += 1
                Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError), connection:
            if self.tls is not None and self.at_once:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        self._answer(connection, "hello", b"220 relay\r\n")
        while line := stream.readline():
            self.commands.append(line.rstrip())
            verb = line[:4].decode().upper().strip()
            if verb == "EHLO":
                words = [f"250-{word}" for word in ("relay", *self.extensions, *(["STARTTLS"] if self.tls else []))]
                self._answer(connection, verb, "\r\n".join([*words, "250 AUTH PLAIN\r\n"]).encode())
            elif verb == "STAR" and self.tls is not None:
                connection.sendall(b"220 go\r\n")
                connection = self.tls.wrap_socket(connection, server_side=True)
                stream = connection.makefile("rb")
            elif verb == "DATA":
                self._answer(connection, verb, b"354 go\r\n")
                letter = b""
                while (line := stream.readline()) not in (b".\r\n", b""):
                    letter += line[1:] if line[:1] == b"." else line
                self.letters.append(letter)
                self._answer(connection, ".", b"250 taken\r\n")
            else:
                self._answer(connection, verb, b"235 fine\r\n" if verb == "AUTH" else b"250 fine\r\n")

    def _answer(self, connection: socket.socket, verb: str, usual: bytes) -> None:
        answer = self.once.pop(verb) if verb in self.once else self.answers.get(verb, usual)
        if answer is None:
            raise EOFError
        connection.sendall(answer)
