"""A foreign mailbox on a real Dovecot is emptied: recorded first, moved after that."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest
from imap_tools.imap_utf7 import utf7_encode

from gateway.demo.dovecot import Dovecot
from gateway.intake.imap_server import Conversation
from gateway.outside import Envelope
from tests.intake.inbox import FakeInbox
from tests.real.mailbox import ForeignMailbox, mail


def test_every_mail_is_recorded_byte_by_byte_in_order_and_moved(box: ForeignMailbox) -> None:
    mails = [mail("first"), b"\xff\xfe no mail at all \r\n", b"", mail("bare\nline"), mail("last", 30_000)]
    box.deliver(*mails)
    assert box.poll() == 5
    assert box.inbox.contents == [m.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for m in mails]
    assert box.waiting == []
    assert sorted(box.moved) == sorted(mails)


def test_the_instant_that_counts_is_when_the_server_had_it(box: ForeignMailbox) -> None:
    had = datetime(2026, 10, 7, 15, 59, 59, tzinfo=UTC)
    box.deliver(mail("in time"), had=had)
    box.poll()
    envelope = box.inbox.arrivals[0].envelope
    assert envelope.had == had
    assert envelope.had.utcoffset() == timedelta(0)
    assert (envelope.channel, envelope.account, envelope.officer) == ("imap", "county", None)


def test_a_second_pass_finds_nothing(box: ForeignMailbox) -> None:
    box.deliver(mail("once"))
    assert [box.poll(), box.poll()] == [1, 0]


def test_the_same_mail_delivered_twice_is_two_arrivals(box: ForeignMailbox) -> None:
    box.deliver(mail("same"), mail("same"))
    assert box.poll() == 2
    box.deliver(mail("same"))
    assert box.poll() == 1
    assert len({a.envelope.source for a in box.inbox.arrivals}) == 3


def test_a_mail_moved_back_by_a_person_is_a_new_arrival(box: ForeignMailbox) -> None:
    box.deliver(mail("again"))
    box.poll()
    with box.client("Processed") as client:
        client.uid("MOVE", "1", "INBOX")
    assert box.poll() == 1


def test_many_mails_take_several_windows_and_batches(box: ForeignMailbox) -> None:
    mails = [mail(f"number {n}", 3_000) for n in range(1_203)]
    box.deliver(*mails)
    assert box.poll() == 1_203
    assert box.inbox.contents == mails
    assert (len(box.waiting), len(box.moved)) == (0, 1_203)


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20, 3_500_000])
def test_a_large_mail_streams_in_ranges(box: ForeignMailbox, size: int) -> None:
    large = mail("large", size)
    assert len(large) == size
    box.deliver(mail("before"), large, mail("after"))
    assert box.poll() == 3
    assert box.inbox.contents == [mail("before"), large, mail("after")]
    assert max(draft.largest_block for draft in box.inbox.drafts) <= 1 << 20
    assert box.waiting == []


def test_a_mail_is_moved_only_when_it_is_durable(box: ForeignMailbox) -> None:
    box.deliver(mail("one"), mail("two"))
    seen: list[int] = []

    class Slow(FakeInbox):
        def record(self, content: bytes, envelope: Envelope) -> Future[str]:
            durable: Future[str] = Future()

            def become_durable() -> None:
                seen.append(len(box.moved))
                durable.set_result("a1")

            threading.Timer(0.2, become_durable).start()
            return durable

    assert box.intake(Slow()).poll() == 2
    assert seen == [0, 0]
    assert len(box.moved) == 2


def test_nothing_is_marked_as_read(box: ForeignMailbox) -> None:
    box.deliver(mail("stays", 5_000), mail("moves"))
    box.poll(size_limit=1_000)
    for folder in ("INBOX", "Processed"):
        with box.client(folder) as client:
            assert b"\\Seen" not in client.uid("FETCH", "1", "(FLAGS)")[1][0]


def test_the_processed_folder_may_have_a_chinese_name(dovecot: Dovecot) -> None:
    box = ForeignMailbox(dovecot, processed="已处理 邮件")
    box.deliver(mail("one"))
    box.poll()
    assert dovecot.contents(box.user, utf7_encode("已处理 邮件").decode()) == [mail("one")]


def test_another_folder_than_the_inbox_can_be_emptied(dovecot: Dovecot) -> None:
    box = ForeignMailbox(dovecot, folder="Reports")
    box.deliver(mail("one"))
    assert box.poll() == 1
    assert (box.waiting, box.moved) == ([], [mail("one")])


def test_a_folder_made_anew_with_the_same_uids_loses_nothing(dovecot: Dovecot) -> None:
    box = ForeignMailbox(dovecot, folder="Reports")
    box.deliver(mail("one"))
    box.poll()
    with box.client("INBOX") as client:
        assert client.delete("Reports")[0] == "OK"
    box.deliver(mail("two"))
    assert box.poll() == 1
    assert box.inbox.contents == [mail("one"), mail("two")]
    uids = [str(a.envelope.source).rpartition(".")[2] for a in box.inbox.arrivals]
    assert uids == ["1", "1"]


def test_two_folders_of_equal_numbers_under_one_account_name_are_told_apart(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conversation, "_validity", lambda _: 1)
    box = ForeignMailbox(dovecot, folder="Reports")
    box.deliver(mail("one"))
    dovecot.deliver(box.user, [mail("two")])
    assert [box.poll(), box.poll(folder="INBOX")] == [1, 1]
    assert box.inbox.contents == [mail("one"), mail("two")]


def test_the_loop_takes_what_comes_and_ends_when_told(dovecot: Dovecot) -> None:
    box = ForeignMailbox(dovecot, poll=timedelta(seconds=0.05))
    stop = threading.Event()
    loop = threading.Thread(target=box.intake().run, args=(stop,))
    loop.start()
    try:
        box.deliver(mail("one"))
        _wait_for(lambda: len(box.moved) == 1)
        box.deliver(mail("two"))
        _wait_for(lambda: len(box.moved) == 2)
    finally:
        stop.set()
        loop.join(10)
    assert not loop.is_alive()
    assert box.inbox.contents == [mail("one"), mail("two")]


def test_a_large_mail_needs_little_memory(box: ForeignMailbox) -> None:
    class Sink(FakeInbox):
        def begin(self) -> _Poured:  # type: ignore[override]
            return _Poured(self)

    box.deliver(mail("large", 20_000_000))
    tracemalloc.start()
    try:
        assert box.intake(Sink()).poll() == 1
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


class _Poured:
    def __init__(self, inbox: FakeInbox) -> None:
        self.size = 0
        self._inbox = inbox

    def write(self, block: bytes) -> None:
        self.size += len(block)

    def commit(self, envelope: Envelope) -> Future[str]:
        return self._inbox.record(b"", envelope)

    def discard(self) -> None:
        raise AssertionError


def _wait_for(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
