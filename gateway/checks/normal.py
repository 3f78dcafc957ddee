"""Texts made comparable: width, spaces, case, brackets."""

from __future__ import annotations

import re
import unicodedata

_BRACKETED = re.compile(r"[(\[{【〔《<][^)\]}】〕》>]*[)\]}】〕》>]")
_NOISE = re.compile(r"[\W_]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_FOLDED = str.maketrans({"\u2018": "'", "\u2019": "'", "\u2212": "-", "\u2013": "-", "\u2014": "-", "。": "."})


def stripped(text: str) -> str:
    """Without Unicode's white space at either end (Python counts four control characters more, polars does not)."""
    short = text.strip()
    return short if len(short) == len(text) else text.strip(WHITE)


def mended(text: str) -> str:
    """The text without typing accidents: half-width, no blanks, no invisible characters."""
    if text.isascii() and text.isalnum():
        return text
    found = "".join(_visible(text).translate(_FOLDED).split())
    return found[1:] if found[:1] == "'" and found[1:2].isdigit() else found  # how text cells are told from numbers


def plain(text: str) -> str:
    """Half-width, lower case, runs of blanks as one: for reading words and numbers in a name or a title."""
    return " ".join(_visible(text).casefold().split())


def key(text: str) -> str:
    """What is left of a header, a title or a code's name when only letters and digits count."""
    folded = _visible(text).casefold()
    return folded if folded.isalnum() else _NOISE.sub("", folded)


def header_keys(text: str) -> tuple[str, ...]:
    """The keys under which a header may be known: as a whole, and without what stands in brackets."""
    whole = key(text)
    bare = key(_BRACKETED.sub("", _visible(text)))
    return (whole, bare) if bare and bare != whole else (whole,) if whole else ()


def _visible(text: str) -> str:
    return unicodedata.normalize("NFKC", text if text.isprintable() else _INVISIBLE.sub("", text))
