"""XML changed in single places: elements are found with their place in the bytes, and all other bytes stay.

Whoever reads a document into a tree and writes it out again changes prefixes, spaces and whatever the tree does not
know. Trust: foreign. The document is read by `forms.xml.parse`'s rules: no document type, no depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import Final, NoReturn
from xml.parsers import expat

from gateway.handler import Trouble, Unreadable

_DEPTH: Final = 64
_TAG: Final = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENCODING: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=[\"']([^\"']*)[\"']")
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS: Final = {ord("\t"): "&#9;", ord("\n"): "&#10;", ord("\r"): "&#13;"}

Started = Callable[[str, dict[str, str], int], object]
Ended = Callable[[str, int], object]


@dataclass(slots=True)
class Element:
    """An element by its bytes: `start` to `inner` is its start tag, `inner` to `close` its content, up to `end`.

    `name` is as written, `path` the local names of what it lies in, from the root.
    """

    name: str
    given: Mapping[str, str]
    path: tuple[str, ...]
    start: int
    inner: int
    close: int = -1
    end: int = -1

    @property
    def local(self) -> str:
        return self.name.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """With its colon; what is put beside an element of its own vocabulary takes the same one."""
        return self.name[: -len(self.local)]


@dataclass(slots=True)
class Patch:
    """A document and what is to change in it; nothing changes before `done`."""

    xml: bytes
    _edits: list[tuple[int, int, bytes]] = field(default_factory=list)

    def replace(self, start: int, end: int, new: bytes) -> None:
        self._edits.append((start, end, new))

    def insert(self, at: int, new: str) -> None:
        self._edits.append((at, at, new.encode()))

    def append(self, element: Element, new: str) -> None:
        """Put something at the end of an element's content; one without content is opened for it."""
        if self.is_empty(element):
            tag = self.xml[element.start : element.inner].rstrip(b">").rstrip(b"/").rstrip()
            self.replace(element.start, element.inner, tag + b">" + new.encode() + b"</" + element.name.encode() + b">")
        else:
            self.insert(element.close, new)

    def is_empty(self, element: Element) -> bool:
        return self.xml[element.inner - 2 : element.inner] == b"/>"

    def set(self, element: Element, **attributes: str) -> None:
        tag = self.xml[element.start : element.inner]
        self.replace(element.start, element.inner, with_attributes(tag, attributes))

    def done(self) -> bytes:
        """The document with all changes; what was inserted at one place stays in its order."""
        pieces, at = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: (edit[0], edit[1])):
            if start < at:
                raise Unreadable(Trouble.UNSUPPORTED, "overlapping changes")
            pieces += [self.xml[at:start], new]
            at = end
        return b"".join((*pieces, self.xml[at:]))


def as_utf8(xml: bytes) -> bytes:
    """The document in UTF-8, so that places in its text are places in its bytes."""
    declared = _ENCODING.match(xml[:200])
    name = declared[1].decode("latin-1").lower() if declared else "utf-8"
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        name = "utf-16"
    if name in ("utf-8", "utf8", "us-ascii"):
        return xml
    if name not in ("utf-16", "iso-8859-1"):
        raise Unreadable(Trouble.UNSUPPORTED, "xml encoding")
    try:
        return _DECLARATION.sub("", xml.decode(name)).encode()
    except UnicodeError:
        raise Unreadable(Trouble.DAMAGED, "xml encoding") from None


def scan(xml: bytes, start: Started, end: Ended) -> None:
    """Run the document past two functions, each with the element's name as written and its place in the bytes.

    The end of an empty tag is where the tag ends.
    """
    depth = 0

    def on_start(name: str, given: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH:
            raise Unreadable(Trouble.DAMAGED, "xml depth")
        start(name, given, parser.CurrentByteIndex)

    def on_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name, parser.CurrentByteIndex)

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = on_start, on_end
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError):
        raise Unreadable(Trouble.DAMAGED, "xml") from None


def _refuse(*_: object) -> NoReturn:
    raise Unreadable(Trouble.DAMAGED, "xml document type")


def find(xml: bytes, wanted: Collection[str]) -> list[Element]:
    """The elements of these local names, in the order of their start; the root is always the first."""
    found: list[Element] = []
    open_: list[Element | None] = []
    path: list[str] = []

    def start(name: str, given: dict[str, str], at: int) -> None:
        local = name.rpartition(":")[2]
        element = None
        if not path or local in wanted:
            element = Element(name, given, tuple(path), at, tag_end(xml, at))
            found.append(element)
        open_.append(element)
        path.append(local)

    def end(_: str, at: int) -> None:
        path.pop()
        if element := open_.pop():
            empty = xml[element.inner - 2 : element.inner] == b"/>"
            element.close = element.inner if empty else at
            element.end = element.inner if empty else tag_end(xml, at)

    scan(xml, start, end)
    return found


def tag_end(xml: bytes, at: int) -> int:
    """Where the tag that begins here has ended."""
    tag = _TAG.match(xml, at)
    if tag is None:
        raise Unreadable(Trouble.DAMAGED, "xml tag")
    return tag.end()


def with_attributes(tag: bytes, attributes: Mapping[str, str]) -> bytes:
    """A start tag with these attributes set, each once; the others stay as they are."""
    for name, value in attributes.items():
        written = f" {name}={_quoted(value)}".encode()
        if known := _attribute(name).search(tag):
            tag = tag[: known.start()] + written + tag[known.end() :]
        else:
            cut = len(tag) - (2 if tag.endswith(b"/>") else 1)
            tag = tag[:cut] + written + tag[cut:]
    return tag


def without_attribute(tag: bytes, name: str) -> bytes:
    return _attribute(name).sub(b"", tag, count=1)


@cache
def _attribute(name: str) -> re.Pattern[bytes]:
    # Without the look back, a long run of spaces would be tried from each of them.
    return re.compile(rb"(?<!\s)\s+" + name.encode() + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def text(words: str) -> str:
    """Words as the content of an element, without the characters that XML has no way to write."""
    return escape(_ILLEGAL.sub("", words), quote=False)


def attribute(words: str) -> str:
    """Words as the value of an attribute, with its quotes."""
    return _quoted(_ILLEGAL.sub("", words))


def _quoted(words: str) -> str:
    """As `xml.sax.saxutils.quoteattr`, which would bring HTTP and TLS into every worker."""
    words = escape(words, quote=False).translate(_LINE_ENDS)
    quote = "'" if '"' in words and "'" not in words else '"'
    return quote + (words if quote == "'" else words.replace('"', "&quot;")) + quote
