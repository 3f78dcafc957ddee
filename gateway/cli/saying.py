"""How commands speak: a table or JSON on standard output, trouble on standard error with exit code 1 or 2."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gateway.core.period import Period

if TYPE_CHECKING:
    from rich.console import Console

_WIDEST = 40  # characters of a cell that are shown
AFTER = "Let the running gateway read it: systemctl reload gateway"


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
    match error:
        case FileExistsError():
            return f"{error.filename or error} is there already; nothing was written over it."
        case FileNotFoundError():
            return f"There is no {error.filename or error}."
        case OSError():
            return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
        case UnicodeDecodeError():
            return "A file that should be text is not UTF-8. Was the right one named?"
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


def guess(name: str, known: Any) -> str:
    """What may have been meant instead of a name that there is not."""
    from gateway.config.mistakes import guess as nearest

    return nearest(name, known)


def say(value: object) -> None:
    """One value as JSON, for programs."""
    speaks_utf8 = "utf" in (sys.stdout.encoding or "").lower()
    print(json.dumps(value, ensure_ascii=not speaks_utf8, indent=2, default=plain))


def plain(value: object) -> Any:
    """What JSON has no word for: periods, dataclasses, instants, enums, sets."""
    if isinstance(value, Period):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
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


def console() -> Console:
    """Where tables are printed: as wide as the terminal, and wide enough for most where there is none."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return Console(highlight=False, width=wide)


_SHORT = 12  # characters


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows for people. Their text is shown as it is: it is no markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True, show_header=any(columns))
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    shown = [place for place in range(len(columns)) if not cells or any(row[place] for row in cells)]
    for place in shown:
        # Ids stand first, to be copied; words of ours are short and read badly when broken.
        longest = max((len(row[place]) for row in cells), default=0)
        least = longest if not place or longest <= _SHORT else None
        drawn.add_column(columns[place], overflow="fold", min_width=least)
    for row in cells:
        drawn.add_row(*(Text(row[place]) for place in shown))
    out = console()
    out.print(Text(title, "bold"))
    out.print(drawn)
