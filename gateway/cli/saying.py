"""How commands speak: a table or JSON on standard output, trouble on standard error with exit code 1 or 2."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

_WIDEST = 40  # characters of a cell that are shown


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Say what is wrong and how to mend it, and end. Code 2: the command was given something that cannot be."""
    print(sentence, file=sys.stderr)
    sys.exit(code)


def explain(error: Exception) -> NoReturn:
    """What stopped a command, as a sentence where it is not our own mistake; that one is raised again."""
    sentence = _sentence(error)
    if sentence is None:
        raise error
    fail(sentence)


def _sentence(error: Exception) -> str | None:
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or type(error).__name__}{where}."
    # By name, because to import them all would take longer than the command.
    match type(error).__name__:
        case "BadKeys":
            return str(error)
        case "BadLine":
            return f"This key file {error}."
        case "Unfit":
            return f"The state cannot be used: {error}."
        case "Temporary":
            return "The state is busy or cannot be reached now. Please try again."
        case "NotHardened":
            return f'This kernel lacks what gateway.toml requires of the sandbox: {error}. It may say "best".'
        case "DatabaseError" | "OperationalError":
            return "The database cannot be read. Is it a state, and not damaged? See: gateway verify"
        case "Unopenable":
            return f"It cannot be opened: {error}."
    return None


def say(value: object) -> None:
    """One value as JSON, for programs."""
    speaks_utf8 = "utf" in (sys.stdout.encoding or "").lower()
    print(json.dumps(value, ensure_ascii=not speaks_utf8, indent=2, default=plain))


def plain(value: object) -> Any:
    """What JSON has no word for: dataclasses, instants, enums, sets."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset | set | tuple):
        return sorted(value, key=str) if isinstance(value, frozenset | set) else list(value)
    return str(value)


def cut(text: str, most: int = _WIDEST) -> str:
    """One line, with what is too long for a table cut off, and nothing that could steer a terminal."""
    line = "".join(c if c.isprintable() else "·" for c in text)
    return line if len(line) <= most else line[: most - 1] + "…"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows for people. Their text is shown as it is: it is no markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=Text(title), title_justify="left")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(str(cell)) if cell is not None else "" for cell in row))
    Console().print(drawn)
