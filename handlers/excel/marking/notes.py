"""Comments of one sheet: its list of comments, and the drawing in the old form that says where their boxes hang.

What the officer wrote as a comment stays: ours is added below it. Ours of an earlier round, known by their author, go.
Programs that write these drawings do not always write XML, so they are changed as text, at their end.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from html import unescape
from typing import Final

from handlers.excel.marking.xml_patch import Element, Patch, as_utf8, attribute, find, text
from handlers.forms.grid import column_number
from handlers.forms.values import count_of

COMMENTS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
VML: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHAPE: Final = re.compile(rb"<v:shape\s(?:(?!<v:shape\s).)*?</v:shape>", re.DOTALL)  # no start is looked behind twice
_ROW: Final = re.compile(rb"<x:Row>\s*([0-9]{1,7})\s*</x:Row>")
_COLUMN: Final = re.compile(rb"<x:Column>\s*([0-9]{1,5})\s*</x:Column>")
_ID: Final = re.compile(rb"_x0000_s([0-9]{1,9})")
_BLOCK: Final = 1024  # numbers of shapes are handed out to drawings in blocks
_SPACES: Final = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_TYPE: Final = (
    f'<v:shapetype {_SPACES} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)

Notes = Mapping[tuple[int, int], str]
"""What is to be said, by row and column from 1."""


def new_comments(notes: Notes, author: str, space: str) -> bytes:
    """A list of comments, in the namespace of the workbook."""
    told = "".join(_comment("", reference(*place), 0, note) for place, note in sorted(notes.items()))
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns={attribute(space)}>'
        f"<authors><author>{text(author)}</author></authors><commentList>{told}</commentList></comments>"
    ).encode()


def more_comments(xml: bytes, notes: Notes, author: str) -> tuple[bytes, set[tuple[int, int]], set[tuple[int, int]]]:
    """A list with ours added; the places whose boxes hang there already, and those that are empty now."""
    patch = Patch(as_utf8(xml))
    elements = find(patch.xml, ("authors", "author", "commentList", "comment", "text", "t", "r"))
    root, starts = elements[0], [one.start for one in elements]
    lists = {one.local: one for one in elements if one.local in ("authors", "commentList")}
    authors = [one for one in elements if one.local == "author"]
    names = [unescape(patch.xml[one.inner : one.close].decode("utf-8", "replace")) for one in authors]
    kept, gone = set(), set()
    for comment in (one for one in elements if one.local == "comment"):
        place = place_of(comment.given.get("ref", ""))
        if place is None:
            continue
        by = count_of(comment.given.get("authorId", ""))
        if by is not None and by < len(names) and names[by] == author:
            patch.replace(comment.start, comment.end, b"")
            gone.add(place)
        elif place in notes:
            kept.add(place)
            inside = elements[bisect_right(starts, comment.start) : bisect_left(starts, comment.end)]
            _add_below(patch, inside, notes[place])
    number = names.index(author) if author in names else len(names)
    if author not in names:
        _put(patch, root, lists.get("authors"), "authors", f"<{root.prefix}author>{text(author)}</{root.prefix}author>")
    new = [(place, note) for place, note in sorted(notes.items()) if place not in kept]
    told = "".join(_comment(root.prefix, reference(*place), number, note) for place, note in new)
    _put(patch, root, lists.get("commentList"), "commentList", told)
    return patch.done(), kept, gone


def _put(patch: Patch, root: Element, into: Element | None, name: str, told: str) -> None:
    if into:
        patch.append(into, told)
    else:
        patch.append(root, f"<{root.prefix}{name}>{told}</{root.prefix}{name}>")


def _add_below(patch: Patch, inside: list[Element], note: str) -> None:
    """Ours as one more run of text below the officer's words; a plain text becomes a run for that."""
    whole = next((one for one in inside if one.local == "text"), None)
    if whole is None:
        return
    p = whole.prefix
    plain = [one for one in inside if one.local == "t" and one.path[-1] == "text"]
    for one in plain:
        patch.insert(one.start, f"<{p}r>")
        patch.insert(one.end, f"</{p}r>")
    runs = [one.end for one in inside if one.local == "r" and one.path[-1] == "text"] + [one.end for one in plain]
    run = f'<{p}r><{p}t xml:space="preserve">\n————\n{text(note)}</{p}t></{p}r>'
    if runs:
        patch.insert(max(runs), run)
    else:
        patch.append(whole, run)


def _comment(p: str, ref: str, author: int, note: str) -> str:
    run = f'<{p}r><{p}rPr><{p}sz val="10"/></{p}rPr><{p}t xml:space="preserve">{text(note)}</{p}t></{p}r>'
    return f'<{p}comment ref="{ref}" authorId="{author}"><{p}text>{run}</{p}text></{p}comment>'


# --- where the boxes hang ---


def new_boxes(notes: Notes) -> bytes:
    """A drawing with one hidden box for each comment."""
    blocks = ",".join(str(number) for number in range(1, len(notes) // (_BLOCK - 1) + 2))
    layout = f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{blocks}"/></o:shapelayout>'
    return f"<xml {_SPACES}>{layout}{_TYPE}{_boxes(notes, _BLOCK + 1)}</xml>".encode()


def more_boxes(drawing: bytes, notes: Notes, gone: set[tuple[int, int]]) -> bytes:
    """A drawing without the boxes of comments that are gone, and with ours at its end."""

    def left(match: re.Match[bytes]) -> bytes:
        row, column = _ROW.search(match[0]), _COLUMN.search(match[0])
        is_note = b'ObjectType="Note"' in match[0] and row and column
        return b"" if is_note and row and column and (int(row[1]) + 1, int(column[1]) + 1) in gone else match[0]

    drawing = _SHAPE.sub(left, drawing)
    cut = drawing.rfind(b"</xml>")
    if cut < 0:
        return new_boxes(notes)
    highest = max((int(number) for number in _ID.findall(drawing)), default=_BLOCK)
    first = (highest // _BLOCK + 1) * _BLOCK + 1
    kind = "" if b'id="_x0000_t202"' in drawing else _TYPE
    return drawing[:cut] + (kind + _boxes(notes, first)).encode() + drawing[cut:]


def _boxes(notes: Notes, first: int) -> str:
    return "".join(_box(number, *place, note) for number, (place, note) in enumerate(sorted(notes.items()), first))


def _box(number: int, row: int, column: int, note: str) -> str:
    """Beside the cell, four columns wide, as high as its text needs."""
    lines = sum(1 + sum(2 if ord(c) > 0x2E7F else 1 for c in line) // 34 for line in note.split("\n"))
    top, bottom = max(row - 2, 0), max(row - 2, 0) + min(lines + 2, 24)
    anchor = f"{column}, 12, {top}, 8, {column + 4}, 12, {bottom}, 8"
    return (
        f'<v:shape {_SPACES} id="_x0000_s{number}" type="#_x0000_t202" fillcolor="#fffbe6" o:insetmode="auto" '
        'style="position:absolute;margin-left:60pt;margin-top:2pt;width:230pt;height:90pt;z-index:1;visibility:hidden">'
        '<v:fill color2="#fffbe6"/><v:shadow on="t" color="#888888" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData>"
        "</v:shape>"
    )


# --- places ---


def reference(row: int, column: int) -> str:
    """(2, 28) is AB2."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def place_of(ref: str) -> tuple[int, int] | None:
    """AB2 is (2, 28)."""
    found = _REFERENCE.fullmatch(ref)
    return (int(found[2]), column_number(found[1])) if found else None
