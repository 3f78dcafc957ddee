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
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_FOLDED)
    return "".join(plain.split())


def plain(text: str) -> str:
    """Half-width, lower case, runs of blanks as one: for reading words and numbers in a name or a title."""
    return " ".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold().split())


def key(text: str) -> str:
    """What is left of a header, a title or a code's name when only letters and digits count."""
    return _NOISE.sub("", plain(text))


def header_keys(text: str) -> tuple[str, ...]:
    """The keys under which a header may be known: as a whole, and without what stands in brackets."""
    whole, bare = key(text), key(_BRACKETED.sub("", plain(text)))
    return tuple(dict.fromkeys(k for k in (whole, bare) if k))
