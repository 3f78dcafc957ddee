"""Whether a program wrote a mail by itself: two robots that answer each other would never end.

RFC 3834 has a field for it. Many programs know only older ways to say so, and a bounce has its own shape (RFC 3464).
A program that says nothing of itself cannot be told from a person here; what it gets is counted instead.
"""

from __future__ import annotations

from collections.abc import Mapping

Headers = Mapping[str, tuple[str, ...]]  # by lower-case name

_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply"})
_OF_ROBOTS = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")


def is_automatic(headers: Headers, envelope_sender: str | None = None) -> bool:
    """By the fields of the mail, and the address in MAIL FROM where the channel knows it: a bounce has an empty one."""
    return (
        any(word != "no" for word in _words(headers, "auto-submitted"))
        or any(word in _PRECEDENCES for word in _words(headers, "precedence"))
        or any(word != "no" for name in _OF_ROBOTS for word in _words(headers, name))
        or "multipart/report" in _words(headers, "content-type")
        or "<>" in _words(headers, "return-path")
        or envelope_sender == ""
    )


def _words(headers: Headers, name: str) -> tuple[str, ...]:
    """What each such field says before its parameters."""
    return tuple(value.partition(";")[0].strip().lower() for value in headers.get(name, ()))
