"""Trouble of ours, of the client's, and on the wire between: nothing is acknowledged that is not recorded."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from gateway.outside import Temporary
from tests.intake.smtp_world import MAILBOX, Client, Draft, Inbox, done, failed, listening, seconds, wait_until

MAIL = b"Subject: x\r\n\r\ny\r\n.\r\n"


def raising(*_: Any) -> Any:
    raise Temporary("the database is in trouble")


def surprised(*_: Any) -> Any:
    raise RuntimeError("a secret")


@pytest.mark.parametrize(
    "trouble",
    [
        {"on_write": raising},
        {"on_write": lambda draft: failed()},
        {"on_write": surprised},
        {"on_commit": raising},
        {"on_commit": lambda draft, envelope: failed()},
        {"on_commit": lambda draft, envelope: failed(RuntimeError("a secret"))},
        {"on_commit": surprised},
    ],
)
def test_trouble_of_ours_is_a_451_that_says_nothing_and_the_conversation_goes_on(trouble: dict[str, Any]) -> None:
    inbox = Inbox(**trouble)
    with listening(inbox) as listener, Client(listener.port) as client:
        assert client.mail(MAIL) == "451 4.3.0 Nothing was recorded, try again later"
        assert inbox.recorded == []
        inbox.on_write, inbox.on_commit = lambda draft: None, inbox.record
        assert client.mail(MAIL)[:3] == "250"
    assert len(inbox.recorded) == 1


@pytest.mark.parametrize("failing", [raising, surprised])
def test_trouble_at_the_beginning_is_told_before_the_mail_is_sent(failing: Any) -> None:
    with listening(Inbox(on_begin=failing)) as listener, Client(listener.port) as client:
        client.ask("MAIL FROM:<a@b.example>")
        client.ask(f"RCPT TO:<{MAILBOX}>")
        assert client.ask("DATA")[:3] == "451"


def test_an_inbox_that_is_not_ready_is_a_452() -> None:
    inbox = Inbox(is_ready=False)
    with listening(inbox) as listener, Client(listener.port) as client:
        assert client.ask("MAIL FROM:<a@b.example>")[:3] == "452"
        inbox.is_ready = True
        assert client.mail(MAIL)[:3] == "250"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n"])
def test_an_end_that_another_server_might_see_hides_no_second_mail(end: bytes) -> None:
    smuggled = f"MAIL FROM:<head@county.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\nforged\r\n".encode()
    inbox = Inbox()
    with listening(inbox) as listener, Client(listener.port) as client:
        answer = client.mail(b"first" + end + smuggled + b".\r\n")
        assert answer.startswith("554 5.6.0")
        assert client.ask("NOOP")[:3] == "250"
    assert inbox.recorded == []


def test_a_mail_over_the_limit_is_refused_once_and_for_all() -> None:
    inbox = Inbox()
    with listening(inbox, size_limit=100_000) as listener, Client(listener.port) as client:
        assert client.mail(b"x" * 100_001 + b"\r\n.\r\n").startswith("552 5.3.4")
        assert client.mail(b"x" * 99_998 + b"\r\n.\r\n")[:3] == "250"
    assert [len(content) for content in inbox.contents] == [100_000]


def test_who_goes_on_without_end_is_cut_off() -> None:
    inbox = Inbox()
    with listening(inbox, size_limit=100_000) as listener, Client(listener.port) as client:
        client.begin()
        with pytest.raises(OSError):
            for _ in range(1000):
                client.say(b"x" * 100_000)
    assert inbox.recorded == []
    assert sum(draft.size for draft in inbox.drafts) <= 200_000


def test_a_client_that_vanishes_in_the_middle_leaves_nothing() -> None:
    inbox = Inbox()
    with listening(inbox) as listener:
        client = Client(listener.port)
        client.begin()
        client.say(b"half a mail\r\n.\r")
        wait_until(lambda: inbox.drafts[0].size > 0)
        client.close()
        wait_until(lambda: inbox.discarded == inbox.drafts)
    assert inbox.recorded == []


def test_a_client_that_vanishes_while_its_mail_is_recorded_harms_nobody() -> None:
    commit: Future[str] = Future()
    inbox = Inbox(on_commit=lambda draft, envelope: commit)
    with listening(inbox) as listener:
        client = Client(listener.port)
        client.begin()
        client.say(MAIL)
        wait_until(lambda: inbox.drafts[0].size > 0)
        client.close()
        commit.set_result("A1")
        inbox.on_commit = inbox.record
        with Client(listener.port) as other:
            assert other.mail(MAIL)[:3] == "250"
    assert inbox.discarded == []


def test_while_the_draft_is_busy_no_more_is_read_than_fits_its_hands() -> None:
    gates: list[Future[None]] = []

    def slowly(draft: Draft) -> Future[None]:
        gates.append(Future())
        return gates[-1]

    inbox = Inbox(on_write=slowly)
    with listening(inbox) as listener, Client(listener.port) as client:
        client.begin()
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):  # the system's buffers are full, and we do not read
            for _ in range(1000):
                client.say(b"x" * 100_000)
        assert len(gates) == 1
        assert len(inbox.drafts[0].blocks[0]) <= 1 << 18
        inbox.on_write = lambda draft: None
        gates[0].set_result(None)


def test_a_draft_that_asks_to_wait_gets_the_whole_mail_in_order() -> None:
    inbox = Inbox(on_write=lambda draft: done(None))
    body = b"".join(b"%07d\r\n" % number for number in range(100_000))
    with listening(inbox) as listener, Client(listener.port) as client:
        assert client.mail(body + b".\r\n")[:3] == "250"
    assert inbox.contents == [body]


def test_a_line_without_end_is_cut_off() -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        client.say(b"EHLO " + b"x" * 10_000)
        assert client.reply()[:3] == "500"
        assert client.hung_up()


@pytest.mark.parametrize(
    "junk",
    [b"\0" * 50, b"GET / HTTP/1.1", b"\xff\xfe", b"", b"HELP", b"EXPN x", b"\x16\x03\x01\x02", b"NOOP\0", b"DATAX"],
)
def test_junk_is_refused_without_being_repeated_and_then_cut_off(junk: bytes) -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        for _ in range(5):
            assert client.ask(junk + b"\r\n") == "500 5.5.1 Command not recognized"
        assert client.hung_up()


def test_a_command_that_ends_in_lf_alone_is_refused() -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        assert client.ask(b"NOOP\n")[:3] == "500"
        assert client.ask(b"MAIL FROM:<a@b.example>\nRCPT TO:<x>\r\n")[:3] == "500"


def test_commands_without_any_mail_come_to_an_end() -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        client.say(b"NOOP\r\n" * 200)
        answers = [client.reply()[:3] for _ in range(100)]
        assert answers[-1] == "421"
        assert set(answers[:-1]) == {"250"}


def test_who_asks_without_listening_is_not_read_any_further() -> None:
    words = f"MAIL FROM:<a@b.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n.\r\n".encode() * 100
    with listening(Inbox()) as listener, Client(listener.port) as client:
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):  # the answers are not taken, so the questions are not either
            for _ in range(100_000):
                client.say(words)


def test_a_silent_client_is_told_to_go() -> None:
    with listening(Inbox(), command_timeout=seconds(0.3)) as listener, Client(listener.port) as client:
        assert client.reply().startswith("421 4.4.2")
        assert client.hung_up()


def test_a_command_that_trickles_in_does_not_buy_time() -> None:
    with listening(Inbox(), command_timeout=seconds(0.5)) as listener, Client(listener.port) as client:
        client.socket.settimeout(0.1)
        heard = b""
        for _ in range(40):
            try:
                client.say(b"x")
                heard += client.socket.recv(100)
            except TimeoutError:
                continue
            except OSError:
                break
            if heard:
                break
        assert heard.startswith(b"421 4.4.2")


def test_a_mail_that_trickles_in_has_a_time_limit_as_a_whole() -> None:
    inbox = Inbox()
    limits = {"command_timeout": seconds(0.4), "message_timeout": seconds(1)}
    with listening(inbox, **limits) as listener, Client(listener.port) as client:
        client.begin()
        client.socket.settimeout(0.1)
        heard, tries = b"", 0
        while not heard and tries < 50:
            tries += 1
            try:
                client.say(b"x")
                heard = client.socket.recv(100)
            except TimeoutError:
                continue
        assert heard.startswith(b"421 4.4.2")
        assert tries > 6  # each byte did buy time, up to the limit
        wait_until(lambda: inbox.discarded == inbox.drafts)
    assert inbox.recorded == []


def test_a_slow_commit_is_our_fault_and_not_timed_out() -> None:
    commit: Future[str] = Future()
    limits = {"command_timeout": seconds(0.2), "message_timeout": seconds(0.3)}
    inbox = Inbox(on_commit=lambda draft, envelope: commit)
    with listening(inbox, **limits) as listener, Client(listener.port) as client:
        client.begin()
        client.say(MAIL)
        client.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        client.socket.settimeout(10)
        commit.set_result("A1")
        assert client.socket.recv(100).startswith(b"250")


def test_one_peer_gets_no_more_than_its_share_of_connections() -> None:
    with listening(Inbox(), connections=10, connections_per_peer=2) as listener:
        with Client(listener.port), Client(listener.port), Client(listener.port, greet=False) as third:
            assert third.reply().startswith("421 4.7.0")
            assert third.hung_up()
        again = []

        def free() -> bool:
            again.append(Client(listener.port, greet=False))
            return again[-1].reply().startswith("220")

        wait_until(free)
        for client in again:
            client.close()
