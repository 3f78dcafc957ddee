"""Text tables (.csv, .tsv, .txt): one sheet, whatever encoding and separator the program of a clerk chose.

Trust: runs in the sandbox. An encoding is believed only when every byte fits it; quotes must close. Rows keep their
numbers, and one that is shorter or longer than the others is told instead of being filled up in silence.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from gateway.handler import CellNote, Limits, Sheet, Trouble, Unreadable
from handlers.csv_text import encoding
from handlers.csv_text.encoding import decoded, is_table, may_be_wide

NAME: Final = "csv_text"
WARM: Final = encoding.WARM
_SUFFIXES: Final = (".csv", ".tsv", ".tab")
WORKBOOKS: Final = (".xls", ".xlsx", ".et")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CHOICE: Final = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)  # how Excel is told its separator
_SEPARATORS: Final = ",\t;"
_SAMPLE: Final = 200


def opens(head: bytes, name: str) -> bool:
    """Whether the name says so: then it is for us to say why it cannot be read. A mail's own text has no such name.

    A `.txt` may be anything, so it must look like text as well. Programs that export a text table under the name of a
    workbook are many; such a one must look like a table.
    """
    ending = name.lower()
    if ending.endswith(".txt"):
        return may_be_wide(head) or b"\x00" not in head
    return ending.endswith(_SUFFIXES) or (ending.endswith(WORKBOOKS) and is_table(head))


def read_sheets(data: bytes, limits: Limits) -> tuple[Sheet, ...]:
    """The one sheet, without a name.

    Raises `Unreadable`: ENCODING, DAMAGED (quotes, control characters; `where` has the line), EMPTY, TOO_LARGE.
    """
    if len(data) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "bytes")
    text = decoded(data).rstrip("\x1a")  # old programs end a file with it
    if control := _CONTROL.search(text):
        raise Unreadable(Trouble.DAMAGED, f"control character, line {_line(text, control.start())}")
    choice = _CHOICE.match(text)
    separator = choice[1] if choice else _separator(text, limits)
    rows: list[Sequence[str]] = []
    width = 0
    for row in _records(text, separator, limits):
        rows.append(() if choice and not rows else row)
        width = max(width, len(row))
        if len(rows) > limits.rows or width > limits.columns or len(rows) * width > limits.cells:
            raise Unreadable(Trouble.TOO_LARGE, "cells")
    notes = _uneven(rows)
    rows = [_trimmed(row) for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise Unreadable(Trouble.EMPTY)
    return (Sheet("", rows, tuple(note for note in notes if note.row <= len(rows))),)


def _separator(text: str, limits: Limits) -> str:
    """The one that cuts most rows into the same number of cells, more than one; a comma if none does."""
    best, chosen = (0.0, 0), _SEPARATORS[0]
    for separator in filter(text.__contains__, _SEPARATORS):
        widths: Counter[int] = Counter()
        with suppress(Unreadable):  # quotes that do not close here may well close elsewhere
            widths.update(len(row) for row in islice(_records(text, separator, limits), _SAMPLE) if any(row))
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        if width > 1 and (count / widths.total(), width) > best:
            best, chosen = (count / widths.total(), width), separator
    return chosen


def _records(text: str, separator: str, limits: Limits) -> Iterator[list[str]]:
    csv.field_size_limit(limits.text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        begun = reader.line_num + 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "limit" in str(error) and reader.line_num <= begun:
                raise Unreadable(Trouble.TOO_LARGE, f"text, line {begun}") from None
            raise Unreadable(Trouble.DAMAGED, f"quotes, line {begun}") from None


def _uneven(rows: Sequence[Sequence[str]]) -> list[CellNote]:
    """Rows with more or fewer cells than most, from the first row on that has as many: titles may stand before it."""
    widths = Counter(len(row) for row in rows if any(row))
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    first = next((at for at, row in enumerate(rows) if len(row) == usual), len(rows))
    notes = []
    for number, row in enumerate(rows[first:], first + 1):
        if 0 < len(row) < usual and any(row):
            notes.append(CellNote(number, len(row) + 1, "short_row"))
        elif len(row) > usual and any(row[usual:]):
            notes.append(CellNote(number, usual + 1, "long_row"))
    return notes


def _trimmed(row: Sequence[str]) -> Sequence[str]:
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
