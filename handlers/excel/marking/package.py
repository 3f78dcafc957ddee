"""A workbook as a package of parts: which part refers to which, changed here and there and packed again.

Trust: foreign; runs in the sandbox. Parts that nobody changed are packed with the bytes that they had.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

from gateway.handler import Limits, Trouble, Unreadable
from handlers.excel.marking.xml_patch import Element, Patch, as_utf8, attribute, find
from handlers.forms.workbook_parts import leading, relations_of
from handlers.forms.zip_parts import ZipParts

PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
TRANSITIONAL: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES: Final = "[Content_Types].xml"
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_PACKED: Final = (".png", ".jpg", ".jpeg", ".gif", ".emf.gz", ".zip", ".docx", ".xlsx")
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)


class Package:
    """The parts of one workbook. Names are those of the archive, without a leading `/`."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._parts = ZipParts(data, limits)
        self._changed: dict[str, bytes] = {}
        self._read: dict[str, bytes] = {}
        self._lower = {name.lower(): name for name in self._parts.names}

    def has(self, name: str) -> bool:
        return name.lower() in self._lower

    def read(self, name: str) -> bytes:
        """A part as it stands now. Raises `Unreadable` if there is none."""
        name = self._lower.get(name.lower(), name)
        if name in self._changed:
            return self._changed[name]
        if name not in self._read:
            content = self._parts.read(name)
            if content is None:
                raise Unreadable(Trouble.DAMAGED, "part")
            self._read[name] = content
        return self._read[name]

    def write(self, name: str, content: bytes) -> None:
        name = self._lower.setdefault(name.lower(), name)
        self._changed[name] = content

    def free(self, pattern: str) -> str:
        """The first name of this form, with a number for `{}`, that no part has."""
        number = 1
        while self.has(pattern.format(number)):
            number += 1
        return pattern.format(number)

    def packed(self, most: int) -> bytes:
        """The whole package. Raises `Unreadable(TOO_LARGE)` beyond `most` bytes."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in self._lower.values():
                if name.endswith("/"):
                    continue
                entry = zipfile.ZipInfo(name, _FIRST_DAY)
                stored = name.lower().endswith(_PACKED)
                entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                archive.writestr(entry, self.read(name))
                self._read.pop(name, None)
                if out.tell() > most:
                    raise Unreadable(Trouble.TOO_LARGE, "marked")
        if out.tell() > most:
            raise Unreadable(Trouble.TOO_LARGE, "marked")
        return out.getvalue()

    # --- relations ---

    def relations(self, of: str) -> dict[str, tuple[str, str]]:
        """What a part refers to inside the package: id to kind and target."""
        return leading(of, (one.given for one in self._relation_elements(of)))

    def relate(self, of: str, kind: str, target: str, vocabulary: str = TRANSITIONAL) -> str:
        """Let a part refer to another; the id of the new relation."""
        rels = relations_of(of)
        taken = {one.given.get("Id", "") for one in self._relation_elements(of)}
        number = 1
        while f"rId{number}" in taken:
            number += 1
        told = f'Id="rId{number}" Type="{vocabulary}/{kind}" Target={attribute("/" + target)}'
        if not self.has(rels):
            self.write(rels, f'<Relationships xmlns="{PACKAGE}"><Relationship {told}/></Relationships>'.encode())
            return f"rId{number}"
        patch = Patch(as_utf8(self.read(rels)))
        root = find(patch.xml, ())[0]
        patch.append(root, f"<{root.prefix}Relationship {told}/>")
        self.write(rels, patch.done())
        return f"rId{number}"

    def vocabulary(self, of: str) -> str:
        """The namespace of a part's relations: there is a second one, for files that are strict."""
        types = (one.given.get("Type", "").rpartition("/")[0] for one in self._relation_elements(of))
        return next((one for one in types if one.endswith("officeDocument/relationships")), TRANSITIONAL)

    def _relation_elements(self, of: str) -> list[Element]:
        rels = relations_of(of)
        return find(as_utf8(self.read(rels)), ("Relationship",))[1:] if self.has(rels) else []

    # --- content types ---

    def declare(self, part: str, media: str) -> None:
        """Say what a new part is."""
        self._declare("Override", "PartName", "/" + part, media)

    def as_workbook(self, part: str) -> None:
        """Call the workbook's own part what it is without macros: a name that ends in `.xlsx` wants that."""
        patch = Patch(as_utf8(self.read(_TYPES)))
        for one in find(patch.xml, ("Override",))[1:]:
            if (
                one.given.get("PartName", "").lower() == f"/{part}".lower()
                and one.given.get("ContentType") != _WORKBOOK
            ):
                patch.set(one, ContentType=_WORKBOOK)
                self.write(_TYPES, patch.done())

    def declare_suffix(self, suffix: str, media: str) -> None:
        """Say what parts with this ending are, where nothing is said yet."""
        self._declare("Default", "Extension", suffix, media)

    def _declare(self, element: str, name: str, value: str, media: str) -> None:
        patch = Patch(as_utf8(self.read(_TYPES)))
        root, *known = find(patch.xml, (element,))
        if any(one.given.get(name, "").lower() == value.lower() for one in known):
            return
        told = f"<{root.prefix}{element} {name}={attribute(value)} ContentType={attribute(media)}/>"
        if element == "Default" and not patch.is_empty(root):
            patch.insert(root.inner, told)
        else:
            patch.append(root, told)
        self.write(_TYPES, patch.done())
