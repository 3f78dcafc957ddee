"""The sender's own file with the certain repairs in it, made while the sandbox still has it.

It goes to them when they agree, so that their copy and ours say the same. Nothing here can change the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from gateway.checks.fresh_book import plain_book
from gateway.checks.repairing import with_changes
from gateway.core.filenames import harmless
from gateway.core.parties import Language, Titles
from gateway.handler import Mend, Unreadable
from gateway.judge.marking import MOST_BYTES, Marked
from gateway.judge.submissions import Found
from gateway.sandbox import Session, Unsafe

_SUFFIX = Titles("（已改正）", "-mended")
_SEVERAL = 5  # files of one arrival


def mend_repaired(session: Session, found: Sequence[Found], language: Language) -> tuple[Marked, ...]:
    """Each file of which something can be repaired, with all of its repairs, as far as they fit into a letter."""
    wanted = dict.fromkeys(one.document.part for one in found if one.repaired)
    copies: list[Marked] = []
    left = MOST_BYTES
    for part in islice(wanted, _SEVERAL):
        of_file = [one for one in found if one.document.part == part and one.repaired]
        data = _mended(session, of_file, left)
        if data is not None and len(data) <= left:
            copies.append(Marked(part, _name(of_file[0].document.name, language), data))
            left -= len(data)
    return tuple(copies)


def _mended(session: Session, found: Sequence[Found], most: int) -> bytes | None:
    """Changed in place, or made anew where that cannot be."""
    document = found[0].document
    changes = {one.sheet: one.repaired.changes for one in found if one.repaired}
    cells = [Mend(sheet, one.row, one.column, one.new) for sheet, those in changes.items() for one in those]
    try:
        return session.mend(document.part, cells, most)
    except (Unreadable, Unsafe):
        return plain_book([with_changes(table, changes.get(table.name, ())) for table in document.tables])


def _name(name: str, language: Language) -> str:
    stem = name.rpartition(".")[0] or name
    return harmless(f"{stem.removesuffix(_SUFFIX[language])}{_SUFFIX[language]}.xlsx")
