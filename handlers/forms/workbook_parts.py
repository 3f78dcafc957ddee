"""How the parts of a zipped workbook refer to each other, in .xlsx and .xlsb alike."""

from __future__ import annotations

import posixpath

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
    folder, name = posixpath.split(of)
    xml = parts.read(posixpath.join(folder, "_rels", name + ".rels"))
    related = {}
    for element, given in elements(xml or b"<none/>"):
        if element == "Relationship" and given.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + folder, given.get("Target", "").replace("\\", "/")))
            related[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], target.lstrip("/"))
    return related


def office_parts(data: bytes) -> ZipParts | None:
    """The parts of a zipped office document, to see what kind it is; None if it is none, or damaged."""
    if not is_office(data[:4096]):
        return None
    try:
        return ZipParts(data, Limits())
    except Unreadable:
        return None
