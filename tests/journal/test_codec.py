"""A fact has one line, and a line one fact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar

import pytest

from gateway.core.facts import KINDS, Erased, Fact, Judged, Sent
from gateway.journal import codec
from tests.journal.every_fact import AT, EVERY, GOLDEN

LINES = GOLDEN.read_bytes().splitlines()


def test_every_kind_and_version_has_a_golden_line() -> None:
    assert {(type(fact).KIND, type(fact).VERSION) for fact in EVERY} == set(KINDS)
    assert len(LINES) == len(EVERY)


@pytest.mark.parametrize(("fact", "line"), list(zip(EVERY, LINES, strict=True)), ids=lambda value: type(value).__name__)
def test_a_fact_is_written_as_its_golden_line_and_read_back_from_it(fact: Fact, line: bytes) -> None:
    assert codec.encode(fact) == line
    assert codec.decode(line) == fact


SENT = LINES[16]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{",
        SENT + b"\n",
        SENT.replace(b":", b": ", 1),
        SENT.replace(b'"sent"', b'"posted"'),
        SENT.replace(b'"version":1', b'"version":2'),
        SENT.replace(b'"version":1', b'"version":1.0'),
        SENT.replace(b'"version":1', b'"version":true'),
        SENT.replace(b'"kind":"sent"', b'"kind":["sent"]'),
        SENT.replace(b',"outlet":"mail"', b""),
        SENT.replace(b'"outlet":"mail"', b'"outlet":"mail","via":"x"'),
        SENT.replace(b'"outlet":"mail"', b'"outlet":7'),
        SENT.replace(b'"outlet":"mail"', b'"outlet":"\\u006dail"'),
        SENT.replace(b"03Z", b"03+00:00"),
        SENT.replace(b"03Z", b"03+08:00"),
        SENT.replace(b"03Z", b"03"),
        SENT.replace(b'"2026-10-05T01:02:03Z"', b"null"),
        SENT.replace(b'"2026-10-05T01:02:03Z"', b'"today"'),
        SENT.replace(b'{"at"', b'{"at":"2026-10-05T01:02:03Z","at"'),
        SENT[:-1] + b',"extra":1}',
        LINES[6].replace(b'"seal"', b'"guess"'),
        LINES[6].replace(b'"seal"', b"{}"),
        LINES[6].replace(b'"rows":50', b'"rows":"50"'),
        LINES[6].replace(b'"rows":50', b'"rows":true'),
        LINES[6].replace(b'"nil":false', b'"nil":0'),
        LINES[6].replace(b'[{"part":"2","why":"signature_image"}]', b"{}"),
        LINES[23].replace(b'["B1","B2"]', b'"B1"'),
        LINES[6].replace(b'"nil":false', b'"nil":false,"no_integrity":false'),
        LINES[6].replace(b'"nil":false', b'"nil":false,"no_integrity":null'),
        LINES[29].replace(b'"no_integrity":true', b'"no_integrity":1'),
    ],
)
def test_any_other_line_is_refused(line: bytes) -> None:
    with pytest.raises(codec.Malformed):
        codec.decode(line)


def test_an_instant_without_zone_or_in_another_zone_is_refused_when_writing() -> None:
    for at in (datetime(2026, 10, 5), AT.astimezone(timezone(timedelta(hours=8)))):  # noqa: DTZ001
        with pytest.raises(codec.Malformed):
            codec.encode(Sent(at, "L1", "mail"))


def test_what_no_line_can_hold_is_refused_when_writing() -> None:
    with pytest.raises(codec.Malformed):
        codec.encode(Sent(AT, "\ud800", "mail"))
    with pytest.raises(codec.Malformed):
        codec.encode(Erased(AT, {"B1"}, "why"))  # type: ignore[arg-type]


def test_a_kind_that_is_not_listed_is_refused_when_writing() -> None:
    @dataclass(frozen=True, slots=True)
    class Rumoured(Fact):
        KIND: ClassVar[str] = "rumoured"

    with pytest.raises(codec.Malformed):
        codec.encode(Rumoured(AT))


def test_other_writing_systems_and_control_characters_come_back_as_they_were() -> None:
    fact = Sent(AT, '信\u0000\u2028"\\\n😀', "邮件")
    assert codec.decode(codec.encode(fact)) == fact
    assert b"\n" not in codec.encode(fact)


def test_a_fact_without_any_of_its_optional_parts_comes_back() -> None:
    judged = next(fact for fact in EVERY if isinstance(fact, Judged))
    bare = replace(judged, proof=None, submissions=(), ignored=(), details=None, at=AT.replace(tzinfo=UTC))
    assert codec.decode(codec.encode(bare)) == bare


def test_a_field_that_came_later_stands_only_where_it_says_something() -> None:
    old, new = LINES[6], LINES[29]
    assert b"no_integrity" not in old and b'"no_integrity":true' in new
    judged = codec.decode(old)
    assert isinstance(judged, Judged) and judged.submissions[0].no_integrity is False
