"""Texts made comparable: width, spaces, case, brackets."""

from __future__ import annotations

import re
import unicodedata

_BRACKETED = re.compile(r"[(\[{【〔《<][^)\]}】〕》>]*[)\]}】〕》>]")
_NOISE = re.compile(r"[\W_]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_FOLDED = str.maketrans({"\u2018": "'", "\u2019": "'", "\u2212": "-", "\u2013": "-", "\u2014": "-", "。": "."})


def mended(text: str) -> str:
    """The text without typing accidents: half-width, no blanks, no invisible characters."""
    return "".join(_visible(text).translate(_FOLDED).split())


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
