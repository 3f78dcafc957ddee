"""The listener takes mail for our mailbox, whole and unchanged, and answers 250 only for what is recorded."""

from __future__ import annotations

import smtplib
from concurrent.futures import Future
from threading import Thread

import pytest

from gateway.outside import Envelope
from tests.intake.smtp_world import MAILBOX, NOW, Client, Draft, Inbox, listening, wait_until


def test_a_mail_is_recorded_byte_for_byte_with_what_the_channel_knows_about_it() -> None:
    inbox = Inbox()
    with listening(inbox) as listener, Client(listener.port) as client:
        answer = client.mail(b"Subject: births\r\n\r\n..dot\r\n\x00\xff\xfe\r\n" + b"x" * 5000 + b"\r\n.\r\n")
    [(content, envelope)] = inbox.recorded
    assert answer == "250 2.0.0 A1"
    assert content == b"Subject: births\r\n\r\n.dot\r\n\x00\xff\xfe\r\n" + b"x" * 5000 + b"\r\n"
    assert envelope == Envelope(
        channel="smtp",
        account="smtp",
        had=NOW,
        foreign={
            "mail_from": "officer@health.example",
            "rcpt_to": MAILBOX,
            "helo": "client.example",
            "peer": "127.0.0.1",
        },
    )


def test_the_standard_library_can_send_several_mails_over_one_connection() -> None:
    inbox = Inbox()
    with listening(inbox) as listener, smtplib.SMTP("127.0.0.1", listener.port) as client:
        for number in range(3):
            client.sendmail("a@b.example", [MAILBOX], f"number {number}\r\n")
    assert inbox.contents == [b"number 0\r\n", b"number 1\r\n", b"number 2\r\n"]


def test_an_empty_mail_is_a_mail() -> None:
    inbox = Inbox()
    with listening(inbox) as listener, Client(listener.port) as client:
        assert client.mail(b".\r\n").startswith("250")
    assert inbox.contents == [b""]


def test_the_250_waits_for_the_commit() -> None:
    commits: list[Future[str]] = []

    def slowly(draft: Draft, envelope: Envelope) -> Future[str]:
        commits.append(Future())
        return commits[-1]

    with listening(Inbox(on_commit=slowly)) as listener, Client(listener.port) as client:
        client.begin()
        client.say(b"x\r\n.\r\n")
        wait_until(lambda: bool(commits))
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        client.socket.settimeout(10)
        commits[0].set_result("A7")
        assert client.socket.recv(100) == b"250 2.0.0 A7\r\n"


def test_everything_said_at_once_is_answered_in_order() -> None:
    inbox = Inbox()
    words = f"MAIL FROM:<a@b.example>\r\nRCPT TO:<x@elsewhere.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n"
    with listening(inbox) as listener, Client(listener.port, greet=False) as client:
        client.say(b"EHLO me\r\n" + 2 * (words.encode() + b"one\r\n.\r\n") + b"VRFY x\r\nNOOP\r\nQUIT\r\n")
        codes = [client.reply()[:3] for _ in range(15)]
        assert client.hung_up()
    assert codes == ["220", "250", *2 * ["250", "550", "250", "354", "250"], "252", "250", "221"]
    assert inbox.contents == [b"one\r\n", b"one\r\n"]


def test_a_conversation_that_comes_byte_by_byte_is_understood() -> None:
    inbox = Inbox()
    words = f"EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n..x\r\n.\r\nQUIT\r\n"
    with listening(inbox) as listener, Client(listener.port, greet=False) as client:
        client.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
        for byte in words.encode():
            client.say(bytes([byte]))
        assert [client.reply()[:3] for _ in range(7)] == ["220", "250", "250", "250", "354", "250", "221"]
    assert inbox.contents == [b".x\r\n"]


def test_two_clients_at_once_do_not_mix() -> None:
    inbox = Inbox()
    with listening(inbox) as listener, Client(listener.port) as one, Client(listener.port) as other:
        one.begin()
        other.begin()
        one.say(b"one ")
        other.say(b"other ")
        one.say(b"and one\r\n")
        assert other.ask(b"and other\r\n.\r\n").startswith("250")
        assert one.ask(b".\r\n").startswith("250")
    assert inbox.contents == [b"other and other\r\n", b"one and one\r\n"]


def test_many_clients_at_once_all_get_their_mail_recorded() -> None:
    inbox = Inbox()

    def send(port: int, number: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for turn in range(5):
                client.sendmail("a@b.example", [MAILBOX], f"{number} {turn}\r\n")

    with listening(inbox) as listener:
        threads = [Thread(target=send, args=(listener.port, number)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(inbox.contents) == sorted(f"{n} {t}\r\n".encode() for n in range(20) for t in range(5))


@pytest.mark.parametrize(
    "words",
    [
        f"RCPT TO:<{MAILBOX}>",
        f"rcpt to: <{MAILBOX.upper()}>",
        'RCPT TO:<"reports"@county.example>',
        f"RCPT TO:{MAILBOX}",
    ],
)
def test_our_mailbox_is_known_however_it_is_written(words: str) -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        client.ask("MAIL FROM:<>")
        assert client.ask(words) == "250 2.1.5 OK"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("RCPT TO:<someone@county.example>", "550"),
        ("RCPT TO:<reports@elsewhere.example>", "550"),
        ("RCPT TO:<reports%elsewhere.example@county.example>", "550"),
        ("RCPT TO:<@county.example:x@elsewhere.example>", "550"),
        ('RCPT TO:<"a b"@county.example>', "550"),
        ("RCPT TO:<>", "550"),
        (f"RCPT TO:<{MAILBOX}> NOTIFY=NEVER", "555"),
        ("RCPT TO:" + "(" * 300, "553"),
        ("RCPT", "553"),
    ],
)
def test_nothing_is_taken_for_anyone_else(words: str, answer: str) -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        client.ask("MAIL FROM:<a@b.example>")
        assert client.ask(words)[:3] == answer
        assert client.ask("DATA")[:3] == "503"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("MAIL FROM:<>", "250"),
        ("MAIL FROM:<a@b.example> SIZE=1000 BODY=8BITMIME SMTPUTF8 AUTH=<>", "250"),
        ("MAIL FROM:<张三@卫生.example> SMTPUTF8", "250"),
        ('MAIL FROM:<"a b"@c.example> SIZE=1000', "250"),
        ("MAIL FROM:<a@b.example> SIZE=50000001", "552"),
        ('MAIL FROM:<"a b"@c.example> SIZE=50000001', "552"),
        ("MAIL FROM:<a@b.example> SIZE=many", "501"),
        ("MAIL FROM:<a@b.example> BODY=BINARYMIME", "501"),
        ("MAIL FROM:<a@b.example> SMTPUTF8=1", "501"),
        ("MAIL FROM:<a@b.example> RET=HDRS", "555"),
        ("MAIL", "553"),
        ("EHLO", "501"),
    ],
)
def test_parameters_of_a_mail_are_looked_at(words: str, answer: str) -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        assert client.ask(words)[:3] == answer


def test_what_a_client_may_count_on_is_announced() -> None:
    with listening(Inbox()) as listener, Client(listener.port) as client:
        assert client.ask("EHLO client.example").split("\n") == [
            "250-gateway.county.example",
            "250-SIZE 50000000",
            "250-8BITMIME",
            "250-SMTPUTF8",
            "250-PIPELINING",
            "250-ENHANCEDSTATUSCODES",
            "250 AUTH PLAIN LOGIN",
        ]
        assert client.ask("HELO client.example") == "250 gateway.county.example"


def test_commands_out_of_order_are_refused() -> None:
    with listening(Inbox()) as listener, Client(listener.port, greet=False) as client:
        client.reply()
        assert client.ask("MAIL FROM:<a@b.example>") == "503 5.5.1 Say EHLO first"
        assert client.ask("DATA")[:3] == "503"
        client.ask("EHLO me")
        assert client.ask(f"RCPT TO:<{MAILBOX}>")[:3] == "503"
        client.ask("MAIL FROM:<a@b.example>")
        assert client.ask("MAIL FROM:<a@b.example>")[:3] == "503"
        assert client.ask("DATA")[:3] == "503"
        assert client.ask("RSET")[:3] == "250"
        assert client.ask(f"RCPT TO:<{MAILBOX}>")[:3] == "503"


def test_a_sender_that_is_no_text_is_kept_as_far_as_it_can_be() -> None:
    inbox = Inbox()
    with listening(inbox) as listener, Client(listener.port) as client:
        assert client.ask(b"MAIL FROM:<\xd5\xc5\xc8\xfd@b.example>\r\n")[:3] == "250"
        client.ask(f"RCPT TO:<{MAILBOX}>")
        client.ask("DATA")
        client.ask(b"x\r\n.\r\n")
    [(_, envelope)] = inbox.recorded
    assert envelope.foreign is not None
    assert envelope.foreign["mail_from"].encode().endswith(b"@b.example")


def test_a_stopped_listener_lets_go_of_its_port_and_of_those_who_wait() -> None:
    with listening(Inbox()) as listener:
        idle = Client(listener.port)
        listener.stop(timeout=1)
        assert idle.reply().startswith("421")
        assert idle.hung_up()
        with pytest.raises(ConnectionRefusedError):
            Client(listener.port)


def test_stopping_waits_for_a_mail_that_is_being_recorded() -> None:
    commits: list[Future[str]] = []

    def slowly(draft: Draft, envelope: Envelope) -> Future[str]:
        commits.append(Future())
        return commits[-1]

    with listening(Inbox(on_commit=slowly)) as listener, Client(listener.port) as client:
        client.begin()
        client.say(b"x\r\n.\r\n")
        wait_until(lambda: bool(commits))
        stopping = Thread(target=listener.stop, args=(5,))
        stopping.start()
        commits[0].set_result("A1")
        assert client.reply() == "250 2.0.0 A1"
        assert client.reply().startswith("421")
        stopping.join()
