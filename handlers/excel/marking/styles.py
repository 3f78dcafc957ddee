"""The styles of a workbook, with those added that marked cells and the first sheet need.

A marked cell keeps its number format, font, border and alignment: its style is a copy of the one it had, with another
fill. The fills are colours that hardly anybody else uses, so that marks of an earlier round are known again and go.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from gateway.handler import Trouble, Unreadable
from handlers.excel.marking.xml_patch import Element, Patch, as_utf8, attribute, find, with_attributes

COLOURS: Final = {"error": "FFFFCFC9", "query": "FFFFF1BF"}
_HEAD: Final = "FFDCE6F2"
_LISTS: Final = ("fonts", "fills", "borders", "cellXfs")
_MOST: Final = 60_000  # styles that a workbook can hold, nearly


class Styles:
    """`styles.xml` on its way to a few more styles. Numbers of styles are places in `cellXfs`, from 0."""

    def __init__(self, xml: bytes) -> None:
        self._patch = Patch(as_utf8(xml))
        wanted = (*_LISTS, "font", "fill", "border", "xf", "fgColor", "name")
        elements = find(self._patch.xml, wanted)
        self._prefix = elements[0].prefix
        self._lists = {one.local: one for one in elements if one.local in _LISTS and len(one.path) == 1}
        if self._lists.keys() != set(_LISTS) or any(map(self._patch.is_empty, self._lists.values())):
            raise Unreadable(Trouble.UNSUPPORTED, "styles")
        self._styles = _within(elements, "xf", "cellXfs")
        self._counts = {
            name: len(_within(elements, one, name))
            for name, one in (("fonts", "font"), ("fills", "fill"), ("borders", "border"), ("cellXfs", "xf"))
        }
        self._added: dict[str, list[str]] = {name: [] for name in _LISTS}
        self._copies: dict[tuple[int, str], int] = {}
        self._face = next((one.given.get("val", "") for one in elements if one.local == "name"), "") or "Calibri"
        self._end_earlier_marks(elements)
        self._fills = {kind: self._add_fill(colour) for kind, colour in COLOURS.items()}

    def marked(self, style: int, kind: str) -> int:
        """The style of a cell of this style once it is marked."""
        if (style, kind) not in self._copies:
            if self._counts["cellXfs"] > _MOST:
                raise Unreadable(Trouble.UNSUPPORTED, "styles")
            self._copies[style, kind] = self._add("cellXfs", self._copied(style, kind))
        return self._copies[style, kind]

    def own(self, *, size: int = 0, bold: bool = False, link: bool = False, fill: str = "", boxed: bool = False) -> int:
        """A style of the first sheet. `fill` is a kind of mark, or `head`."""
        p = self._prefix
        colour = f'<{p}color rgb="FF0563C1"/>' if link else ""
        strong, line = f"<{p}b/>" if bold else "", f"<{p}u/>" if link else ""
        face = f"<{p}name val={attribute(self._face)}/>"
        font = f'<{p}font>{strong}{line}<{p}sz val="{size or 11}"/>{colour}{face}</{p}font>'
        number = self._add("fonts", font)
        ground = self._fills[fill] if fill in self._fills else self._add_fill(_HEAD) if fill else 0
        border = self._add_border() if boxed else 0
        wrap = ' wrapText="1"' if boxed else ""
        return self._add(
            "cellXfs",
            f'<{p}xf numFmtId="0" fontId="{number}" fillId="{ground}" borderId="{border}" xfId="0" '
            f'applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<{p}alignment vertical="center"{wrap}/></{p}xf>',
        )

    def done(self) -> bytes:
        for name, added in self._added.items():
            if added:
                self._patch.set(self._lists[name], count=str(self._counts[name]))
                self._patch.insert(self._lists[name].close, "".join(added))
        return self._patch.done()

    def _end_earlier_marks(self, elements: list[Element]) -> None:
        """What was marked in an earlier round is not, unless it is again."""
        fills = _within(elements, "fill", "fills")
        starts = [one.start for one in fills]
        colours = [one for one in elements if one.local == "fgColor" and one.path[1:3] == ("fills", "fill")]
        ours = {
            str(bisect_left(starts, one.start) - 1)
            for one in colours
            if one.given.get("rgb", "").upper() in COLOURS.values()
        }
        for style in self._styles:
            if style.given.get("fillId") in ours:
                self._patch.set(style, fillId="0")

    def _copied(self, style: int, kind: str) -> str:
        if style >= len(self._styles):
            raise Unreadable(Trouble.DAMAGED, "style")
        one = self._styles[style]
        tag = self._patch.xml[one.start : one.inner]
        changed = with_attributes(tag, {"fillId": str(self._fills[kind]), "applyFill": "1"})
        return (changed + self._patch.xml[one.inner : one.end]).decode()

    def _add_fill(self, colour: str) -> int:
        p = self._prefix
        inner = f'<{p}fgColor rgb="{colour}"/><{p}bgColor indexed="64"/>'
        return self._add("fills", f'<{p}fill><{p}patternFill patternType="solid">{inner}</{p}patternFill></{p}fill>')

    def _add_border(self) -> int:
        p = self._prefix
        sides = "".join(
            f'<{p}{side} style="thin"><{p}color rgb="FFBFBFBF"/></{p}{side}>'
            for side in ("left", "right", "top", "bottom")
        )
        return self._add("borders", f"<{p}border>{sides}<{p}diagonal/></{p}border>")

    def _add(self, name: str, written: str) -> int:
        self._added[name].append(written)
        self._counts[name] += 1
        return self._counts[name] - 1


def _within(elements: list[Element], local: str, parent: str) -> list[Element]:
    return [one for one in elements if one.local == local and one.path[1:] == (parent,)]
