"""Checkpoints are C2SP signed notes, held against the examples of the specification and of Go's sumdb/note."""

from __future__ import annotations

import base64

import pytest

from gateway.journal.checkpoint import Checkpoint, Signer, Untrue, Verifier, is_name, key_id

# golang.org/x/mod/sumdb/note: the example of its documentation
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

# c2sp.org/tlog-checkpoint: the example
C2SP = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)

SIGNER = Signer("gateway.example/county", bytes(range(32)))
OTHER = Signer("gateway.example/county", bytes(32))
NOTE = Checkpoint.sign(7, bytes(32), SIGNER)


def test_our_signature_is_byte_for_byte_that_of_the_go_implementation() -> None:
    signer = Signer("PeterNeumann", GO_SEED)
    assert base64.b64encode(signer.sign(GO_TEXT)).decode() == GO_SIGNATURE
    assert str(signer.verifier) == GO_VERIFIER
    assert key_id("PeterNeumann", signer.verifier.public).hex() == "c74f20a3"


def test_a_verifier_key_comes_back_from_its_text_and_believes_what_was_signed() -> None:
    verifier = Verifier.parse(GO_VERIFIER)
    assert str(verifier) == GO_VERIFIER
    verifier.check(GO_TEXT, base64.b64decode(GO_SIGNATURE))
    with pytest.raises(Untrue):
        verifier.check(GO_TEXT + b"\n", base64.b64decode(GO_SIGNATURE))
    with pytest.raises(Untrue):
        verifier.check(GO_TEXT, b"\0\0\0\0" + base64.b64decode(GO_SIGNATURE)[4:])
    with pytest.raises(Untrue):
        verifier.check(GO_TEXT, base64.b64decode(GO_SIGNATURE)[:-1])


def test_the_example_of_the_specification_is_taken_apart() -> None:
    found = Checkpoint.parse(C2SP)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert base64.b64encode(found.root) == b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


def test_a_checkpoint_comes_back_from_its_note_and_its_own_key_believes_it() -> None:
    assert Checkpoint.parse(NOTE.note) == NOTE
    NOTE.check([OTHER.verifier, SIGNER.verifier])
    with pytest.raises(Untrue):
        NOTE.check([OTHER.verifier])
    with pytest.raises(Untrue):
        NOTE.check([SIGNER.under("elsewhere.example").verifier])


def test_no_single_character_of_a_note_can_be_changed_unnoticed() -> None:
    for place in range(len(NOTE.note)):
        for other in {"A", "B", "0", "=", "\n", " ", "+", chr(ord(NOTE.note[place]) ^ 1)} - {NOTE.note[place]}:
            changed = NOTE.note[:place] + other + NOTE.note[place + 1 :]
            with pytest.raises(Untrue):
                Checkpoint.parse(changed).check([SIGNER.verifier])


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE.note + "\n",
        NOTE.note[:-1],
        NOTE.note.replace("\n7\n", "\n07\n"),
        NOTE.note.replace("\n7\n", "\n+7\n"),
        NOTE.note.replace("\n7\n", "\n７\n"),
        NOTE.note.replace("\n7\n", "\n7\nmore\n"),
        NOTE.note.replace("\n\n", "\n"),
        NOTE.note.replace("AAA=", "A==="),
    ],
)
def test_any_other_form_is_no_checkpoint(note: str) -> None:
    with pytest.raises(Untrue):
        Checkpoint.parse(note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b+c",
        "+" + GO_VERIFIER,
        GO_VERIFIER[:-4],
        GO_VERIFIER.replace("c74f", "C74F"),
        GO_VERIFIER.replace("Peter", "Paul"),
    ],
)
def test_a_damaged_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(Untrue):
        Verifier.parse(text)


def test_a_name_holds_no_space_plus_or_control_character() -> None:
    assert is_name("网关.example/县")
    assert not any(map(is_name, ["", "a b", "a+b", "a\nb", "a\u3000b", "a\u0001"]))
    with pytest.raises(ValueError, match="name"):
        Signer("a b", bytes(32))


def test_a_private_key_is_not_shown() -> None:
    assert repr(SIGNER) == "Signer('gateway.example/county')"
