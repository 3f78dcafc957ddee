"""The XML inside workbooks: elements by their local names, without document types, entities of one's own, or depth.

Trust: foreign. Expat reads it; a document type is refused before anything in it could be expanded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NoReturn
from xml.parsers import expat

from gateway.handler import Trouble, Unreadable

Start = Callable[[str, dict[str, str]], object]
_DEPTH: Final = 64
_ELEMENTS: Final = 6_000_000  # about twenty seconds of reading; two million cells need no more
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?encoding=[\"']([^\"']*)[\"']")


def as_text(xml: bytes) -> str | None:
    """The document as text if it is plain UTF-8, for a quick look with patterns; None if only a parser can tell."""
    declared = _DECLARED.match(xml.removeprefix(b"\xef\xbb\xbf")[:200])
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        return None
    try:
        text = xml.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "<!" in text or "\r" in text else text


def parse(xml: bytes, start: Start, end: Callable[[str], object], text: Callable[[str], object]) -> None:
    """Run the document past three functions. Names come without their prefix.

    Raises `Unreadable`: DAMAGED, TOO_LARGE.
    """
    depth = count = 0

    def on_start(name: str, given: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > _DEPTH:
            raise Unreadable(Trouble.DAMAGED, "xml depth")
        if count > _ELEMENTS:
            raise Unreadable(Trouble.TOO_LARGE, "xml elements")
        start(name.rpartition(":")[2], given)

    def on_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(":")[2])

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = on_start, on_end, text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError, ValueError):  # an unknown encoding is a LookupError
        raise Unreadable(Trouble.DAMAGED, "xml") from None


def elements(xml: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element with its attributes, in order, all names without prefix: for documents that are small."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, given: dict[str, str]) -> None:
        found.append((name, {attribute.rpartition(":")[2]: value for attribute, value in given.items()}))

    parse(xml, start, lambda _: None, lambda _: None)
    return iter(found)


def _refuse(*_: object) -> NoReturn:
    raise Unreadable(Trouble.DAMAGED, "xml document type")
