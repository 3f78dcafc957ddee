"""How the parts of a zipped workbook refer to each other, in .xlsx and .xlsb alike."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from gateway.handler import Limits, Unreadable
from handlers.forms.xml import elements
from handlers.forms.zip_parts import ZipParts, is_office


def home_of(parts: ZipParts) -> str | None:
    """The name of the workbook's own part; None if there is no such part."""
    named = [target for kind, target in relations(parts, "").values() if kind == "officeDocument"]
    home = named[0] if named else "xl/workbook.xml"
    return home if any(name.lower() == home.lower() for name in parts.names) else None


def relations(parts: ZipParts, of: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: id to kind and target, targets as names of entries."""
    told = elements(parts.read(relations_of(of)) or b"<none/>")
    return leading(of, (given for element, given in told if element == "Relationship"))


def relations_of(part: str) -> str:
    """The name of the part that tells what a part refers to."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", name + ".rels")


def leading(part: str, told: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, str]]:
    """Where the relations of a part lead, by their attributes: id to kind and target. What lies outside is left out."""
    found = {}
    for given in told:
        if given.get("TargetMode") != "External":
            place = posixpath.join("/" + posixpath.dirname(part), given.get("Target", "").replace("\\", "/"))
            kind = given.get("Type", "").rpartition("/")[2]
            found[given.get("Id", "")] = (kind, posixpath.normpath(place).lstrip("/"))
    return found


def office_parts(data: bytes) -> ZipParts | None:
    """The parts of a zipped office document, to see what kind it is; None if it is none, or damaged."""
    if not is_office(data[:4096]):
        return None
    try:
        return ZipParts(data, Limits())
    except Unreadable:
        return None
