"""Every letter as an officer reads it, in both languages; and what holds of any letter whatever a sender wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.letters import KINDS, Text
from gateway.core.matter import LetterKind
from gateway.core.message import Attachment, compose, letter_id, message_id
from gateway.core.parties import Language
from gateway.core.refusal import Refusal
from tests.letters.shapes import (
    EVERY,
    GOLDEN,
    SHAPES,
    Values,
    at,
    digest,
    findings,
    item,
    letters,
    receipt,
    refused,
    shown,
    submission,
    words,
)

LETTERS = letters()
MAILBOX, OFFICER = "report@qinglan.example", "reports@health.qinglan.example"
Shape = Callable[[Language], Values]


@pytest.mark.parametrize(("kind", "name", "shape", "language"), EVERY)
def test_a_letter_reads_as_it_should(kind: str, name: str, shape: Shape, language: Language) -> None:
    golden = (GOLDEN / language.value / f"{name}.txt").read_text("utf-8")
    assert shown(LETTERS.write(kind, language, shape(language))) == golden


def test_every_kind_of_letter_has_a_shape_and_every_golden_letter_is_one() -> None:
    assert set(SHAPES) == set(KINDS) == {kind.value for kind in LetterKind}
    names = {(language.value, f"{name}.txt") for _, name, _, language in EVERY}
    assert {(path.parent.name, path.name) for path in GOLDEN.glob("*/*.txt")} == names


@pytest.mark.parametrize(("kind", "name", "shape", "language"), EVERY)
def test_no_letter_has_ragged_edges(kind: str, name: str, shape: Shape, language: Language) -> None:
    text = LETTERS.write(kind, language, shape(language))
    lines = text.body.split("\n")
    assert text.subject == text.subject.strip() != ""
    assert not any(line != line.rstrip() for line in lines)
    assert "\n\n\n" not in text.body and text.body.endswith("\n") and not text.body.startswith("\n")
    assert "None" not in text.body and "{" not in text.body


@pytest.mark.parametrize("language", Language)
def test_of_many_reports_the_subject_names_the_first_two(language: Language) -> None:
    titles = [words(f"表{n}", f"report {n}") for n in range(9)]
    subject = LETTERS.write("receipt", language, receipt(language, [submission(t, language) for t in titles])).subject
    assert all(titles[n][language] in subject for n in (0, 1))
    assert (
        titles[2][language] not in subject and {Language.ZH_CN: "等 9 项", Language.EN: "7 more"}[language] in subject
    )


# --- whatever a sender wrote ---

FOREIGN = st.text(max_size=400) | st.sampled_from(
    [
        "x\r\nBcc: all@county.example",
        "\u202egnp.exe",
        "a\u2028b\x85c\x0bd",
        "=?utf-8?q?x=0ABcc=3A_y?=",
        "\ud800",
        "{{ 7*7 }}",
    ]
)


def by_a_sender(text: str, language: Language) -> Values:
    """A receipt in which everything that a sender can write is this text."""
    quoted = [replace(one, sheet=text, value=text, sentence=text, repair=text) for one in findings(language, 2)]
    told = refused(
        words(text, text), language, Refusal.FINDINGS, file=text, sheet=text, reason=text, findings=quoted, errors=2
    )
    return receipt(language, [told], ignored=[{"name": text, "why": "not a report"}])


@given(FOREIGN, st.sampled_from(Language))
@settings(max_examples=150, deadline=None)
def test_what_a_sender_wrote_breaks_no_line(text: str, language: Language) -> None:
    plain = LETTERS.write("receipt", language, by_a_sender("x", language))
    told = LETTERS.write("receipt", language, by_a_sender(text, language))
    assert len(told.subject.splitlines()) <= 1
    assert len(told.body.splitlines()) <= len(plain.body.splitlines())  # an empty name takes its line away


@given(FOREIGN, st.binary(max_size=300), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_letter_is_one_message_that_any_program_reads(text: str, data: bytes, reply: bool) -> None:
    written = LETTERS.write("receipt", Language.ZH_CN, by_a_sender(text, Language.ZH_CN))
    letter = letter_id("answer/A-1")
    files = [Attachment("receipt.json", "application/json", data)]
    composed = compose(letter, written, MAILBOX, OFFICER, at(22), files, reply=reply)
    assert composed == compose(letter, written, MAILBOX, OFFICER, at(22), files, reply=reply)
    assert composed.count(b"\n") == composed.count(b"\r\n") == composed.count(b"\r")
    assert composed.isascii() and max(map(len, composed.split(b"\r\n"))) <= 998
    message = cast(EmailMessage, message_from_bytes(composed, policy=policy.default))
    assert not message.defects
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert (message["From"], message["To"]) == (MAILBOX, OFFICER)
    assert message["Message-ID"] == message_id(letter, MAILBOX)
    body = message.get_body()
    assert body and body.get_content() == written.body
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()] == [
        ("receipt.json", data)
    ]


@given(st.text(min_size=1, max_size=300))
@settings(max_examples=100, deadline=None)
def test_a_subject_comes_back_as_it_was_written(text: str) -> None:
    written = LETTERS.write(
        "digest", Language.EN, digest(Language.EN, department=text, due=[item(words("表", "t"), Language.EN)])
    )
    message = message_from_bytes(compose("L-1", written, MAILBOX, OFFICER, at(22)), policy=policy.default)
    assert str(message["Subject"]).split() == written.subject.split()


@pytest.mark.parametrize("where", ["sender", "recipient"])
def test_an_address_with_a_line_break_is_never_written(where: str) -> None:
    addresses = {"sender": MAILBOX, "recipient": OFFICER} | {where: "x@y.example\r\nBcc: all@county.example"}
    with pytest.raises(ValueError, match="line break"):
        compose("L-1", Text("s", "b\n"), addresses["sender"], addresses["recipient"], at(22))
