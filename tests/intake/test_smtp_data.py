"""The content of a mail, block by block."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.smtp_data import Content, Fault

_LINES = st.lists(st.sampled_from([b"", b".", b"..", b"x", b".x", b"\0\xff", b"a" * 2000]), max_size=12)
_WILD = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x"]), max_size=14).map(b"".join)


def stuffed(lines: list[bytes]) -> bytes:
    """Lines as a client sends them, with the end."""
    return b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines) + b".\r\n"


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


def fed(blocks: list[bytes], limit: int = 1_000_000) -> tuple[bytes, Content]:
    content = Content(limit)
    pieces = []
    for block in blocks:
        if content.ended:
            content.rest += block
        else:
            pieces.append(content.feed(block))
    return b"".join(pieces), content


@given(_LINES, st.lists(st.integers(0, 60), max_size=6))
def test_a_mail_comes_out_as_it_was_however_the_wire_cuts_it(lines: list[bytes], places: list[int]) -> None:
    mail, content = fed(cut(stuffed(lines) + b"QUIT\r\n", places))
    assert content.ended
    assert content.fault is None
    assert mail == b"".join(line + b"\r\n" for line in lines)
    assert content.size == len(mail)
    assert content.rest == b"QUIT\r\n"


@given(_WILD, st.lists(st.integers(0, 14), max_size=6))
def test_any_cr_or_lf_alone_is_a_fault_however_the_wire_cuts_it(wild: bytes, places: list[int]) -> None:
    wire = wild + b"\r\n.\r\n"
    first = (b"\r\n" + wire).index(b"\r\n.\r\n")  # where the mail ends, by the letter of RFC 5321
    body = wire[:first]
    alone = b"\r" in body.replace(b"\r\n", b"") or b"\n" in body.replace(b"\r\n", b"")
    _, content = fed(cut(wire, places))
    assert content.ended
    assert (content.fault is Fault.BARE_NEWLINE) == alone


def test_a_mail_of_one_byte_more_than_the_limit_is_too_large_and_one_of_the_limit_is_not() -> None:
    line = b"x" * 98 + b"\r\n"
    assert fed([line + b".\r\n"], limit=100)[1].fault is None
    assert fed([b"x" + line + b".\r\n"], limit=100)[1].fault is Fault.TOO_LARGE


def test_bytes_without_any_line_end_count_against_the_limit() -> None:
    _, content = fed([b"x" * 1000] * 3, limit=2000)
    assert content.fault is Fault.TOO_LARGE
    assert not content.ended


def test_after_a_fault_the_mail_gives_no_more_bytes_but_its_end_is_still_found() -> None:
    content = Content(10)
    assert content.feed(b"x" * 20) == b""
    assert content.feed(b"more\r\n.\r\nQUIT\r\n") == b""
    assert content.ended
    assert content.rest == b"QUIT\r\n"


@pytest.mark.parametrize("tail", [b"\r", b"\r\n", b"\r\n.", b"\r\n.\r"])
def test_what_may_be_the_beginning_of_the_end_is_held_back_until_it_is_known(tail: bytes) -> None:
    content = Content(100)
    assert content.feed(b"abc" + tail) == b"abc"
    assert not content.ended
    content.feed((b"\r\n.\r\n")[len(tail) :])
    assert content.ended
