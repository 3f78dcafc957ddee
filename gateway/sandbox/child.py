"""Inside a worker: take what must be imported, give up everything else, then answer one request after another.

Started as `python -I -m gateway.sandbox.child` by `worker.py`. The first frame on standard input says which handlers
to import and what the limits are; it comes from the daemon and is trusted, everything after it is not.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import orjson

from gateway.handler import Limits, Mark, Marking, Mend, Trouble, Unreadable
from gateway.sandbox import frames
from gateway.sandbox.held import Held
from gateway.sandbox.lockdown import lock_down
from gateway.sandbox.tables import tell_tables


class Pipes:
    """The two ends of the conversation, on descriptors that no library writes to by mistake."""

    def __init__(self) -> None:
        self._in: BinaryIO = os.fdopen(os.dup(0), "rb", 1 << 16)
        self._out = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.close(nothing)

    def take(self) -> tuple[bytes, bytes]:
        """The next frame; ends the process where the daemon has gone."""
        head = self._in.read(frames.HEADER.size)
        if len(head) < frames.HEADER.size:
            os._exit(0)
        kind, size = frames.HEADER.unpack(head)
        return kind, self._in.read(size)

    def blocks(self) -> Iterator[bytes]:
        while block := self.take()[1]:
            yield block

    def give(self, value: Any) -> None:
        body = orjson.dumps(value)
        if len(body) > frames.JSON_BYTES:
            body = orjson.dumps(
                {"trouble": Trouble.TOO_LARGE, "where": "answer", "to": value["to"], "used": value["used"]}
            )
        self._write(frames.frame(frames.JSON, body))

    def give_blocks(self, blocks: Iterator[bytes]) -> None:
        for block in blocks:
            self._write(frames.frame(frames.BLOCK, block))
        self._write(frames.END)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._out, view) :]


def open_statm() -> int:
    """The file in which the kernel counts our memory, opened while files can be; -1 without a /proc."""
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return -1


_STATM = open_statm()


def resident() -> int:
    """Memory of this process in KiB. (`ru_maxrss` would count the daemon's, from before we were started.)"""
    return int(os.pread(_STATM, 100, 0).split()[1]) * 4 if _STATM >= 0 else 0


def load_handlers(names: list[str]) -> dict[str, ModuleType]:
    """The handlers by NAME, in the order given, and with them whatever they list in `WARM`."""
    found = {}
    for name in names:
        module = importlib.import_module(name if "." in name else f"handlers.{name}")
        for warm in getattr(module, "WARM", ()):
            importlib.import_module(warm)
        found[module.NAME] = module
    return found


def serve(pipes: Pipes, handlers: dict[str, ModuleType]) -> None:
    """Answer until the daemon closes the pipe or something happens after which nothing here is to be trusted.

    `load` and `forget` are not answered: what is wrong with what was loaded, the first question about it brings out.
    """
    held = Held(handlers, Limits())
    while True:
        request = orjson.loads(pipes.take()[1])
        if request["do"] == "load":
            held = Held(handlers, Limits(**request["limits"]))
            held.take(pipes.blocks())
        elif request["do"] == "forget":
            held = Held(handlers, Limits())
            gc.collect()
        else:
            _reply(pipes, held, request)


def _reply(pipes: Pipes, held: Held, request: dict[str, Any]) -> None:
    answer, blocks = _answer(held, request)
    pipes.give(answer | {"to": request["number"], "used": [resident(), int(time.process_time() * 1000)]})
    if "unsafe" in answer:
        os._exit(1)
    if blocks is not None:
        pipes.give_blocks(blocks)


def _answer(held: Held, request: dict[str, Any]) -> tuple[dict[str, Any], Iterator[bytes] | None]:
    """One request carried out, or the trouble with it in our own words."""
    try:
        told, blocks = _DOINGS[request["do"]](held, request)
        return {"ok": told}, blocks
    except Unreadable as trouble:
        return {"trouble": trouble.trouble, "where": trouble.where}, None
    except MemoryError:
        held.clear()
        return {"trouble": Trouble.TOO_LARGE, "where": "memory"}, None
    except RecursionError:
        return {"trouble": Trouble.TOO_DEEP, "where": ""}, None
    except BaseException as odd:  # a panic in Rust is not an Exception
        name = type(odd).__name__.lower()[:40]
        return {"unsafe": name if name.isascii() and name.isalnum() else "exception"}, None


def _split(held: Held, request: dict[str, Any]) -> tuple[Any, None]:
    return held.split(), None


def _whole(held: Held, request: dict[str, Any]) -> tuple[Any, None]:
    return held.whole(request["name"]), None


def _open(held: Held, request: dict[str, Any]) -> tuple[Any, None]:
    return held.open(request["path"], request["handler"], _secret(request)), None


def _verify(held: Held, request: dict[str, Any]) -> tuple[Any, None]:
    return held.verify(request["path"], request["over"], request["handler"], _secret(request)), None


def _secret(request: dict[str, Any]) -> bytes | None:
    return None if request["secret"] is None else bytes.fromhex(request["secret"])


def _read(held: Held, request: dict[str, Any]) -> tuple[Any, Iterator[bytes]]:
    return tell_tables(held.read(request["path"], request["handler"]), held.limits)


def _mark(held: Held, request: dict[str, Any]) -> tuple[Any, Iterator[bytes]]:
    told = request["marking"]
    marking = Marking(**told | {"marks": tuple(Mark(**one) for one in told["marks"])})
    return _in_blocks(held.mark(request["path"], marking, request["most"]))


def _mend(held: Held, request: dict[str, Any]) -> tuple[Any, Iterator[bytes]]:
    cells = [Mend(*one) for one in request["cells"]]
    return _in_blocks(held.mend(request["path"], cells, request["most"]))


def _bytes(held: Held, request: dict[str, Any]) -> tuple[Any, Iterator[bytes]]:
    return _in_blocks(held.data(request["path"]))


def _in_blocks(whole: bytes) -> tuple[Any, Iterator[bytes]]:
    data = memoryview(whole)
    step = frames.BLOCK_BYTES
    return {"size": len(data)}, (bytes(data[at : at + step]) for at in range(0, len(data), step))


def _dkim_questions(held: Held, request: dict[str, Any]) -> tuple[Any, None]:
    from gateway.sandbox import dkim_check

    return dkim_check.questions(held.arrival), None


def _dkim(held: Held, request: dict[str, Any]) -> tuple[Any, None]:
    from gateway.sandbox import dkim_check

    return dkim_check.results(held.arrival, request["answers"]), None


_DOINGS: dict[str, Callable[[Held, dict[str, Any]], tuple[Any, Iterator[bytes] | None]]] = {
    "split": _split,
    "whole": _whole,
    "open": _open,
    "verify": _verify,
    "read": _read,
    "mark": _mark,
    "mend": _mend,
    "bytes": _bytes,
    "dkim_questions": _dkim_questions,
    "dkim": _dkim,
}


def main() -> None:
    for polite in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # a stopping daemon still finishes its arrival
        signal.signal(polite, signal.SIG_IGN)
    pipes = Pipes()
    order = orjson.loads(pipes.take()[1])
    try:
        sys.path[:0] = order["path"]
        handlers = load_handlers(order["handlers"])
        hardening = lock_down(order["memory"], order["seconds"], map(Path, order["path"]))
    except BaseException:  # nothing foreign was seen yet: tell our own people in full
        pipes.give({"failed": traceback.format_exc()[-4_000:]})
        os._exit(1)
    gc.freeze()
    pipes.give({"hardening": hardening, "resident": resident()})
    serve(pipes, handlers)


if __name__ == "__main__":
    main()
