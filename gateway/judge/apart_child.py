"""The process that checks one large table: see `apart`.

Polars is loaded and used once before everything else is given up, because it asks the processor and starts its
threads then. What it is told comes from the daemon; the texts in it are foreign, and are nothing but texts here.
"""

from __future__ import annotations

import os
import pickle
import sys

import orjson

from gateway.checks.check import check
from gateway.checks.compile import compile_dataflow
from gateway.checks.tables import table_bytes
from gateway.core.parties import Language
from gateway.sandbox.lockdown import lock_down

MEMORY = 4 << 30  # bytes of address space; polars reserves more than it uses
SECONDS = 100  # of processor time


def main() -> None:
    order = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - the daemon's own
    out = os.dup(1)
    _load()
    lock_down(MEMORY, SECONDS)
    compiled = compile_dataflow(order.dataflow, order.codelists)
    checked = check(compiled, order.recognised, order.context)
    told = {
        "rows": checked.rows,
        "errors": checked.findings.errors,
        "queries": checked.findings.queries,
        "findings": {language.value: checked.findings.first(language, order.most) for language in Language},
    }
    table = table_bytes(checked) if checked.acceptable else b""
    _write(out, orjson.dumps(told) + b"\n")
    _write(out, table)


def _load() -> None:
    import polars

    polars.DataFrame({"a": ["x", "y"]}).lazy().filter(polars.col("a") == "x").select(polars.len()).collect()


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


if __name__ == "__main__":  # pragma: no cover
    main()
