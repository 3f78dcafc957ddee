"""Reads one TOML table key by key and collects every mistake in it; a key that nobody asked for is one too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from gateway.config.kinds import TEXT, Kind, describe
from gateway.config.mistakes import Mistakes, Place, Wrong, guess
from gateway.core.parties import Titles

T = TypeVar("T")
D = TypeVar("D")


class Table:
    """One table. A wrong value is noted and replaced by its kind's blank, so that reading goes on to the next mistake.

    Use it in a `with` statement: leaving it notes the keys that were never asked for.
    """

    def __init__(self, raw: dict[str, object], place: Place, mistakes: Mistakes) -> None:
        self.raw = raw
        self.place = place
        self.mistakes = mistakes
        self._asked: set[str] = set()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            for key in (key for key in self.raw if key not in self._asked):
                self.mistakes.add(self.place.at(key), "is no key we know", guess(key, self._asked))

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def need(self, key: str, kind: Kind[T]) -> T:
        """A value that must be there."""
        if not self._has(key):
            self.mistakes.add(self.place.at(key), "is missing", f"Write {key} = {kind.example}")
            return kind.blank
        return self._parse(self.raw[key], kind, self.place.at(key))

    def may(self, key: str, kind: Kind[T], default: D) -> T | D:
        """A value that may be left out."""
        return self._parse(self.raw[key], kind, self.place.at(key)) if self._has(key) else default

    def some(self, key: str, kind: Kind[T]) -> tuple[T, ...]:
        """A list that must have at least one item, none of them twice."""
        found = self.any(key, kind)
        if key not in self.raw or self.raw[key] == []:
            reason = "is empty" if key in self.raw else "is missing"
            self.mistakes.add(self.place.at(key), reason, f"Write {key} = [{kind.example}]")
        return found

    def any(self, key: str, kind: Kind[T]) -> tuple[T, ...]:
        """A list that may be empty or left out, no item twice. Wrong items are noted one by one."""
        items = self._list(key)
        place = self.place.at(key)
        found: list[T] = []
        for index, item in enumerate(items):
            before = len(self.mistakes.found)
            value = self._parse(item, kind, place.item(index))
            if len(self.mistakes.found) > before:
                continue
            if value in found:
                self.mistakes.add(
                    place.item(index), f"says the same as {place.item(found.index(value)).key}", "Keep one"
                )
            found.append(value)
        return tuple(found)

    def titles(self, key: str) -> Titles:
        """The same words in both languages: `{ zh_CN = "…", en = "…" }`, both needed."""
        if not self._has(key):
            self.mistakes.add(self.place.at(key), "is missing", f'Write {key} = {{ zh_CN = "…", en = "…" }}')
            return Titles("", "")
        with self.table(key) as table:
            if table.broken:
                return Titles("", "")
            return Titles(table.need("zh_CN", TEXT), table.need("en", TEXT))

    def table(self, key: str) -> Table:
        """A table within this one; an empty one if it is left out."""
        raw = self.raw.get(key, {})
        self._asked.add(key)
        return _table(raw, self.place.at(key), self.mistakes)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of a list, such as `[[officers]]`; each is closed when the next is asked for."""
        for index, raw in enumerate(self._list(key)):
            with _table(raw, self.place.at(key).item(index), self.mistakes) as table:
                if not table.broken:
                    yield table

    def members(self) -> Iterator[tuple[str, Table]]:
        """Every key of this table as a table with its name: `[monthly]`, `[quarterly]` …"""
        for key in self.raw:
            with self.table(key) as table:
                if not table.broken:
                    yield key, table

    def asks(self, *keys: str) -> None:
        """These keys are known; their values are read otherwise, or later."""
        self._asked.update(keys)

    def wrong(self, key: str, reason: str, repair: str) -> None:
        """Note a mistake that the reader of this file found itself; `""` is the table as a whole."""
        self.mistakes.add(self.place.at(key) if key else self.place, reason, repair)

    @property
    def broken(self) -> bool:
        return isinstance(self, _NoTable)

    def _has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self.raw

    def _list(self, key: str) -> list[object]:
        value = self.raw.get(key, []) if self._has(key) else []
        if not isinstance(value, list):
            self.wrong(key, f"is {describe(value)}, not a list", "Write it as a list in [ ]")
            return []
        return value

    def _parse(self, value: object, kind: Kind[T], place: Place) -> T:
        try:
            return kind.parse(value)
        except Wrong as wrong:
            self.mistakes.wrong(place, wrong)
            return kind.blank


class _NoTable(Table):
    """Stands where a table should be: whatever it would say has been said already."""


def _table(raw: object, place: Place, mistakes: Mistakes) -> Table:
    if isinstance(raw, dict):
        return Table(raw, place, mistakes)
    mistakes.add(place, f"is {describe(raw)}, not a table", "Write it as a table: { key = value }")
    return _NoTable({}, place, mistakes)
