"""Mistakes in a configuration: where, what, and how to mend it; all of them collected before anyone is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake: the file below its folder, the key within it (`""`: the file itself), the reason, the repair."""

    file: str
    key: str
    reason: str
    repair: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        end = "" if self.repair.endswith("?") else "."
        return f"{where}: {self.reason}. {self.repair}{end}"


class BadConfiguration(Exception):
    """No `Rules` can be made of this: every mistake at once, in the order of files and keys as written."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class Wrong(Exception):
    """One value is wrong: the reason, and the repair."""

    def __init__(self, reason: str, repair: str) -> None:
        super().__init__(reason, repair)
        self.reason = reason
        self.repair = repair


@dataclass(slots=True)
class Mistakes:
    """What was found so far."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, place: Place, reason: str, repair: str) -> None:
        self.found.append(Mistake(place.file, place.key, reason, repair))

    def wrong(self, place: Place, wrong: Wrong) -> None:
        self.add(place, wrong.reason, wrong.repair)


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a key in it, such as `officers[1].addresses[0]`."""

    file: str
    key: str = ""

    def at(self, name: str) -> Place:
        return Place(self.file, f"{self.key}.{name}" if self.key else name)

    def item(self, index: int) -> Place:
        return Place(self.file, f"{self.key}[{index}]")


def guess(name: str, known: Iterable[str]) -> str:
    """A repair for a name that is none of the known ones: the nearest one, or the whole choice."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"Known are: {', '.join(names)}" if names else "There is none yet"
