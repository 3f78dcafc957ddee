"""SQLite as the gateway needs it, and which of its troubles are nobody's (try again) and which end the process."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from gateway.rows import run_text

SYNCHRONOUS = "FULL"  # NORMAL loses acknowledged rows in a power cut
_BUSY_MILLISECONDS = 5_000
# Mails are chunks of up to a megabyte: in pages of 4 KiB each is written in hundreds of pieces, twice.
_PAGE_BYTES = 16_384
_CHECKPOINT_PAGES = 8_000  # the log is copied earlier, beside the writer; this is for when writing outruns that
_LOG_BYTES = _PAGE_BYTES * _CHECKPOINT_PAGES  # kept for the next time: overwriting a file costs less than growing it

# The WAL-reset bug (sqlite.org/wal.html, "The WAL-reset bug"): 3.7.0 to 3.51.2, mended in these older lines too.
_MENDED = (3, 51, 3)
_MENDED_LINES = {(3, 44): 6, (3, 50): 7}

# Primary result codes (sqlite.org/rescode.html).
_FATAL = {10, 11, 26}  # IOERR (a failed fsync is one), CORRUPT, NOTADB
_PASSING = {5, 6, 7, 8, 9, 13, 14, 15}  # BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, FULL, CANTOPEN, PROTOCOL


class Unfit(Exception):
    """This database, or its library, cannot hold the gateway's state."""


def open_engine(url: str, role: Literal["write", "read"]) -> Engine:
    """An engine for the one writer, or for readers: those see snapshots and may write nothing."""
    if make_url(url).get_backend_name() != "sqlite" or make_url(url).database in (None, "", ":memory:"):
        raise Unfit("the database must be a SQLite file: sqlite:////path/to/gateway.db")
    import pysqlite3

    refuse_unsafe(pysqlite3.sqlite_version)
    size = 1 if role == "write" else 8
    engine = create_engine(url, module=pysqlite3, poolclass=QueuePool, pool_size=size, hide_parameters=True)
    event.listen(engine, "connect", _prepare_writer if role == "write" else _prepare_reader)
    begin = "BEGIN IMMEDIATE" if role == "write" else "BEGIN"
    event.listen(engine, "begin", lambda connection: run_text(connection, begin))
    return engine


def refuse_unsafe(version: str) -> None:
    """Raises `Unfit` for a SQLite that can corrupt a database in WAL mode."""
    major, minor, patch = (int(part) for part in version.split(".")[:3])
    line_mended_at = _MENDED_LINES.get((major, minor))
    mended = (major, minor, patch) >= _MENDED or (line_mended_at is not None and patch >= line_mended_at)
    if not mended:
        raise Unfit(f"SQLite {version} has the WAL-reset bug; 3.51.3 or later is needed")


def trouble(error: BaseException) -> Literal["fatal", "passing", "ours"]:
    """Whose trouble an exception from a transaction is."""
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return "ours"
    if error.orig is not None and is_fatal(error.orig):
        return "fatal"
    return "passing" if _primary(error.orig) in _PASSING else "ours"


def is_fatal(error: BaseException) -> bool:
    """Whether the driver's error says that nobody knows any more what is on the disk."""
    return _primary(error) in _FATAL


def _primary(error: object) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _prepare_writer(connection: Any, _record: object) -> None:
    _run(
        connection,
        f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}",
        f"PRAGMA page_size={_PAGE_BYTES}",
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={SYNCHRONOUS}",
        f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}",
        f"PRAGMA journal_size_limit={_LOG_BYTES}",
        "PRAGMA secure_delete=ON",  # what is erased is overwritten
        "PRAGMA cache_size=-8192",
        "PRAGMA temp_store=MEMORY",
    )


def _prepare_reader(connection: Any, _record: object) -> None:
    _run(
        connection,
        f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}",
        "PRAGMA query_only=ON",
        "PRAGMA temp_store=MEMORY",
    )


def _run(connection: Any, *statements: str) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    for statement in statements:
        connection.execute(statement).close()
