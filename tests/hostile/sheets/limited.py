"""A process with little memory and time that reads the sheets it is sent and says what came of each.

Its own protocol, on standard input and output: a line with a name and a size, that many bytes; a line of JSON back.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any

MEMORY = 1 << 30
SECONDS = 60
HANDLERS = ("excel_legacy", "excel_binary", "open_document", "excel", "csv_text")


class Limited:
    """The process as its parent sees it."""

    def __enter__(self) -> Limited:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.sheets.limited"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(timeout=20)
        self._process.stdout.close()  # type: ignore[union-attr]

    def read(self, name: str, data: bytes) -> dict[str, Any]:
        """`said` (`read`, a code of trouble, or the name of an exception) and `seconds`; `died` without an answer."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(f"{name} {len(data)}\n".encode() + data)
            self._process.stdin.flush()
        except BrokenPipeError:
            return {"said": "died", "seconds": 0.0}
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"said": "died", "seconds": 0.0}
        return answer


def _serve() -> None:
    from gateway.handler import Limits, Part, Unreadable
    from gateway.sandbox.child import load_handlers
    from gateway.sandbox.held import knows

    tables = [module for module in load_handlers(list(HANDLERS)).values() if hasattr(module, "read_sheets")]

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    while line := sys.stdin.buffer.readline():
        name, size = line.decode().split()
        data = sys.stdin.buffer.read(int(size))
        start = time.process_time()
        try:
            handler = next(one for one in tables if knows(one, Part(name, "", data)))
            handler.read_sheets(data, Limits())
            said = "read"
        except Unreadable as trouble:
            said = trouble.trouble.value
        except BaseException as error:
            said = type(error).__name__
        sys.stdout.write(json.dumps({"said": said, "seconds": time.process_time() - start}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
