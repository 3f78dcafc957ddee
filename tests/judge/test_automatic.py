"""What tells a robot from a person, field by field."""

from __future__ import annotations

import pytest

from gateway.judge.automatic import is_automatic

ROBOTS = [
    ("auto-submitted", "auto-replied"),
    ("auto-submitted", "Auto-Generated; owner-email=x"),
    ("precedence", "Bulk"),
    ("precedence", "auto_reply"),
    ("x-autoreply", "yes"),
    ("x-autorespond", ""),
    ("x-auto-response-suppress", "OOF, AutoReply"),
    ("content-type", 'multipart/report; report-type="delivery-status"; boundary=x'),
    ("return-path", "<>"),
]
PEOPLE = [
    ("auto-submitted", "no"),
    ("auto-submitted", "NO ; x=1"),
    ("precedence", "first-class"),
    ("x-autoreply", "no"),
    ("content-type", "multipart/mixed; boundary=report"),
    ("return-path", "<li@health.example>"),
    ("subject", "auto-replied"),
]


@pytest.mark.parametrize(("name", "value"), ROBOTS)
def test_a_robot_says_so(name: str, value: str) -> None:
    assert is_automatic({name: (value,)})


@pytest.mark.parametrize(("name", "value"), PEOPLE)
def test_a_person_does_not(name: str, value: str) -> None:
    assert not is_automatic({name: (value,)}, "li@health.example")


def test_one_field_of_several_is_enough() -> None:
    assert is_automatic({"auto-submitted": ("no", "auto-replied")})


def test_a_bounce_comes_from_nobody_where_the_channel_knows_who_sent_it() -> None:
    assert is_automatic({}, "")
    assert not is_automatic({}, None)
