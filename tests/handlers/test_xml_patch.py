"""Words written into a document mean what they said, and writing them takes nothing that talks to a network."""

from __future__ import annotations

import random
import subprocess
import sys
from xml.etree import ElementTree
from xml.sax import saxutils

import pytest

from gateway.judge.formats import HANDLERS
from handlers.excel.marking.xml_patch import attribute, text, with_attributes

WORDS = ["", "出生", "a & b < c > d", "it's", 'say "yes"', "it's \"both\" & 'all'", "&amp;&#10;", "a\tb\nc\r\nd", "]]>"]
SIGNS = "ab &<>\"'\t\r\n;#出𠮷"


def drawn() -> list[str]:
    chance = random.Random(20261122)
    return ["".join(chance.choices(SIGNS, k=chance.randrange(12))) for _ in range(3_000)]


def test_words_are_written_as_the_usual_library_writes_them() -> None:
    for words in (*WORDS, *drawn()):
        assert text(words) == saxutils.escape(words)
        assert attribute(words) == saxutils.quoteattr(words)


@pytest.mark.parametrize("words", WORDS)
def test_a_parser_reads_what_was_written(words: str) -> None:
    """Line ends in an element's content become one kind, as XML says."""
    element = ElementTree.fromstring(f"<a b={attribute(words)}>{text(words)}</a>")
    assert (element.get("b"), element.text or "") == (words, words.replace("\r\n", "\n"))
    changed = with_attributes(b"<a b='old' c=\"1\"/>", {"b": words}).decode()
    assert ElementTree.fromstring(changed).attrib == {"b": words, "c": "1"}


def test_what_xml_cannot_write_is_left_out() -> None:
    assert (text("a\x00b\x0bc\ud800d\uffff"), attribute("a\x1fb")) == ("abcd", '"ab"')


def test_no_handler_brings_what_talks_to_a_network() -> None:
    """They are imported into every worker, which gives all of it up: it would cost each start and be attack surface."""
    asked = (
        f"import sys; from gateway.sandbox.child import load_handlers; load_handlers({list(HANDLERS)!r}); "
        "print(*sorted({'urllib.request', 'http.client', 'ssl', 'ftplib', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
