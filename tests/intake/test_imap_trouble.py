"""Whatever breaks between a foreign mailbox and the inbox, the next pass goes on and nothing is lost or doubled."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.demo.dovecot import Dovecot, make_certificate
from gateway.intake.imap_server import Conversation, Refused
from gateway.outside import Temporary
from tests.real.cutting import CuttingWire
from tests.real.mailbox import PASSWORD, USERS, ForeignMailbox, mail

MAILS = [mail(f"number {n}", 9_000) for n in range(6)]


@pytest.fixture(scope="session", params=["IMAP4rev1 UIDPLUS", "IMAP4rev1"], ids=["UIDPLUS", "bare"])
def simpler(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    with Dovecot(USERS, capabilities=request.param) as server:
        yield server


def _end_is_right(box: ForeignMailbox, mails: list[bytes]) -> None:
    assert sorted(box.inbox.contents) == sorted(mails)
    assert sorted(box.moved) == sorted(mails)
    assert box.waiting == []
    assert box.poll() == 0


@pytest.fixture(scope="session")
def whole_pass(dovecot: Dovecot) -> int:
    """How many bytes the server sends in an unbroken pass."""
    box = ForeignMailbox(dovecot)
    box.deliver(*MAILS)
    with CuttingWire(dovecot.port) as wire:
        box.poll(port=wire.port)
        return wire.passed


@pytest.mark.parametrize("part", [*range(0, 100, 6), 96.5, 97, 97.5, 98, 98.5, 99, 99.5])
def test_a_connection_cut_anywhere_loses_nothing(dovecot: Dovecot, whole_pass: int, part: float) -> None:
    box = ForeignMailbox(dovecot)
    box.deliver(*MAILS)
    with CuttingWire(dovecot.port, cut_after=max(1, int(whole_pass * part / 100))) as wire:
        try:
            box.poll(port=wire.port)
        except Temporary:
            pass
        else:
            assert part > 97  # only the farewell was cut off
    box.poll()
    _end_is_right(box, MAILS)


def test_a_connection_cut_inside_a_large_mail_discards_what_was_written(dovecot: Dovecot) -> None:
    box = ForeignMailbox(dovecot)
    large = mail("large", 3_000_000)
    box.deliver(large)
    with CuttingWire(dovecot.port, cut_after=2_500_000) as wire, pytest.raises(Temporary):
        box.poll(port=wire.port)
    assert (box.inbox.arrivals, box.inbox.discarded) == ([], 1)
    assert box.poll() == 1
    _end_is_right(box, [large])


def test_a_server_that_falls_silent_counts_as_gone(box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.intake.imap_server.TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Temporary):
        box.poll(port=mute.getsockname()[1])


def test_a_mail_that_could_not_be_recorded_stays_and_comes_with_the_next_pass(box: ForeignMailbox) -> None:
    box.deliver(*MAILS)
    box.inbox.fail_commits = 2
    with pytest.raises(Temporary):
        box.poll()
    assert len(box.waiting) == 2
    assert len(box.moved) == len(box.inbox.arrivals) == 4
    box.poll()
    _end_is_right(box, MAILS)


def test_nothing_is_fetched_while_the_inbox_takes_nothing(box: ForeignMailbox) -> None:
    box.deliver(*MAILS)
    box.inbox.is_ready = False
    with pytest.raises(Temporary):
        box.poll()
    box.inbox.is_ready = True
    box.inbox.fail_known = 1
    with pytest.raises(Temporary):
        box.poll()
    assert (len(box.waiting), box.inbox.drafts) == (6, [])


def test_after_a_crash_between_record_and_move_a_mail_is_moved_and_not_fetched_again(
    box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(*MAILS)
    with monkeypatch.context() as broken:
        broken.setattr(Conversation, "move", _crash)
        with pytest.raises(_Crash):
            box.poll()
    assert (len(box.inbox.arrivals), len(box.waiting)) == (6, 6)
    with monkeypatch.context() as watched:
        watched.setattr(Conversation, "mails", _crash)
        assert box.poll() == 0
    _end_is_right(box, MAILS)


def test_after_a_crash_behind_the_move_nothing_is_left_to_do(
    box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(*MAILS)
    move = Conversation.move

    def move_and_crash(self: Conversation, uids: list[int], folder: str) -> None:
        move(self, uids, folder)
        raise _Crash

    with monkeypatch.context() as broken:
        broken.setattr(Conversation, "move", move_and_crash)
        with pytest.raises(_Crash):
            box.poll()
    _end_is_right(box, MAILS)


def test_a_refused_move_holds_up_no_new_mail_and_is_tried_again(dovecot: Dovecot) -> None:
    box = ForeignMailbox(dovecot)
    box.deliver(*MAILS)
    with pytest.raises(Temporary):
        box.poll(processed="not//possible")
    box.deliver(mail("new"))
    with pytest.raises(Temporary):
        box.poll(processed="not//possible")
    assert sorted(box.inbox.contents) == sorted([*MAILS, mail("new")])
    box.poll()
    _end_is_right(box, [*MAILS, mail("new")])


def test_a_mail_that_the_server_will_not_give_out_does_not_hold_up_the_others(
    box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(*MAILS)
    mails = Conversation.mails

    def refusing(self: Conversation, uids: list[int], *arguments: Any) -> Any:
        if 3 in uids:
            raise Refused("no")
        return mails(self, uids, *arguments)

    with monkeypatch.context() as broken:
        broken.setattr(Conversation, "mails", refusing)
        with pytest.raises(Refused):
            box.poll()
    assert box.waiting == [MAILS[2]]
    assert box.poll() == 1


def test_a_mail_that_the_server_silently_leaves_out_is_trouble(
    box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(*MAILS)
    mails = Conversation.mails
    with monkeypatch.context() as broken:
        broken.setattr(Conversation, "mails", lambda self, uids, *a: mails(self, [u for u in uids if u != 3], *a))
        with pytest.raises(Refused):
            box.poll()
    assert box.waiting == [MAILS[2]]


def test_a_mail_that_vanishes_between_search_and_fetch_is_nobodys_trouble(
    box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(*MAILS)
    sizes = Conversation.sizes

    def sizes_and_loss(self: Conversation, uids: list[int]) -> dict[int, int]:
        answer = sizes(self, uids)
        with box.client() as other:
            other.uid("STORE", "2", "+FLAGS", r"(\Deleted)")
            other.uid("EXPUNGE", "2")
        return answer

    monkeypatch.setattr(Conversation, "sizes", sizes_and_loss)
    assert box.poll() == 5


def test_mail_that_others_marked_for_deletion_is_neither_taken_nor_expunged(box: ForeignMailbox) -> None:
    _others_mail_survives(box)
    assert box.waiting == [MAILS[0]]
    assert sorted(box.moved) == sorted(MAILS[1:])


def test_a_server_without_move_keeps_others_mail_as_well(simpler: Dovecot) -> None:
    box = ForeignMailbox(simpler)
    _others_mail_survives(box)
    copies_stay = "UIDPLUS" not in box.dovecot.capabilities.split()  # marked, for somebody's next expunge
    assert sorted(box.waiting) == (sorted(MAILS) if copies_stay else [MAILS[0]])
    assert sorted(box.moved) == sorted(MAILS[1:])
    assert box.poll() == 0


def _others_mail_survives(box: ForeignMailbox) -> None:
    box.deliver(*MAILS)
    with box.client() as other:
        other.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
    assert box.poll() == 5
    assert sorted(box.inbox.contents) == sorted(MAILS[1:])
    with box.client() as other:
        assert b"\\Deleted" in other.uid("FETCH", "1", "(FLAGS)")[1][0]


def test_a_mail_over_the_limit_stays_and_is_recorded_once_by_its_header(box: ForeignMailbox) -> None:
    large = mail("too large", 50_000)
    box.deliver(mail("before"), large, mail("after"))
    with capture_logs() as logs:
        assert [box.poll(size_limit=20_000), box.poll(size_limit=20_000)] == [3, 0]
    assert box.waiting == [large]
    arrived = box.inbox.arrivals[1]
    assert arrived.content == large[: large.index(b"\r\n\r\n") + 4]
    assert arrived.envelope.foreign == {"oversized": "50000"}
    assert [line["event"] for line in logs] == ["left in place"]


def test_a_raised_limit_lets_the_whole_mail_in(box: ForeignMailbox) -> None:
    large = mail("too large", 50_000)
    box.deliver(large)
    box.poll(size_limit=20_000)
    assert box.poll() == 1
    assert box.inbox.contents[1] == large
    assert (box.waiting, box.moved) == ([], [large])


def test_a_server_that_states_wrong_sizes_fills_no_memory(box: ForeignMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    fits, too_large = mail("fits", 2_500_000), mail("too large", 4_500_000)
    box.deliver(mail("small"), fits, too_large)
    monkeypatch.setattr(Conversation, "sizes", lambda self, uids: dict.fromkeys(uids, 100))
    assert box.poll(size_limit=3_000_000) == 3
    assert box.inbox.contents[:2] == [mail("small"), fits]
    assert box.inbox.arrivals[2].envelope.foreign is not None
    assert box.waiting == [too_large]
    assert max(draft.largest_block for draft in box.inbox.drafts) <= 1 << 20


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_tls_is_verified(dovecot: Dovecot, tmp_path: Path, security: str) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    box = ForeignMailbox(dovecot, security=security, port=port, certificate_authority=dovecot.authority)
    box.deliver(mail("one"), mail("two"))
    assert box.poll() == 2
    make_certificate(tmp_path / "other.pem", tmp_path / "other.key")
    for authority in (tmp_path / "other.pem", None):
        with pytest.raises(Temporary, match="certificate could not be verified"):
            box.poll(certificate_authority=authority)


def test_the_name_in_the_certificate_must_be_the_servers(dovecot: Dovecot) -> None:
    settings = {"security": "tls", "port": dovecot.tls_port, "certificate_authority": dovecot.authority}
    box = ForeignMailbox(dovecot, **settings)
    box.deliver(mail("one"))
    refused = pytest.raises(Temporary, match="certificate could not be verified")
    with CuttingWire(dovecot.tls_port, host="127.0.0.2") as wire, refused:
        box.poll(host=wire.host, port=wire.port)
    assert box.poll() == 1


def test_a_wrong_password_is_told_without_the_servers_words(box: ForeignMailbox) -> None:
    with pytest.raises(Temporary) as caught:
        box.poll(user="nobody at all")
    assert str(caught.value) == "the server refused the login"
    assert caught.value.__cause__ is None
    assert PASSWORD not in repr(caught.value)


def test_a_server_that_is_not_there_is_temporary(box: ForeignMailbox) -> None:
    with socket.socket() as bound:  # and not listening
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(Temporary, match="out of reach"):
            box.poll(port=bound.getsockname()[1])


def test_a_folder_that_is_not_there_is_temporary(box: ForeignMailbox) -> None:
    with pytest.raises(Temporary, match="could not be selected"):
        box.poll(folder="Nowhere")


class _Crash(Exception):
    pass


def _crash(*_: object) -> None:
    raise _Crash
