"""STARTTLS and logins: who an officer is, and how often one may try."""

from __future__ import annotations

import smtplib
import ssl
import time
from base64 import b64encode
from pathlib import Path
from select import select
from threading import Event

import pytest
from argon2 import PasswordHasher

from gateway.core.parties import Language, Officer, Role
from gateway.intake.smtp import server_tls
from gateway.intake.smtp_auth import password_check
from gateway.intake.smtp_limits import Connections, Failures, peer_of
from tests.intake.smtp_world import MAILBOX, Client, Inbox, certificate, listening, wait_until

CHEAP = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


def officer(name: str, *addresses: str, password: str | None = None) -> Officer:
    return Officer(
        id=name,
        department="health",
        name=name,
        role=Role.REPORTER,
        language=Language.EN,
        addresses=addresses,
        letters_to=addresses[0],
        password_hash=CHEAP.hash(password) if password else None,
    )


def lets_in_wang(login: str, password: str) -> str | None:
    return "wang" if (login, password) == ("wang", "right") else None


def plain(login: str, password: str) -> str:
    return b64encode(f"\0{login}\0{password}".encode()).decode()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


def test_a_mail_after_a_login_carries_the_officer_whatever_its_sender_says() -> None:
    inbox = Inbox()
    with listening(inbox, officer_for=lets_in_wang) as listener:
        with smtplib.SMTP("127.0.0.1", listener.port) as client:
            client.login("wang", "right")
            client.sendmail("somebody@else.example", [MAILBOX], b"x\r\n")
            client.sendmail("wang@health.example", [MAILBOX], b"y\r\n")
        with smtplib.SMTP("127.0.0.1", listener.port) as client:
            client.sendmail("wang@health.example", [MAILBOX], b"z\r\n")
    assert [envelope.officer for _, envelope in inbox.recorded] == ["wang", "wang", None]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_logins_go_through_tls_with_either_mechanism(files: tuple[Path, Path], mechanism: str) -> None:
    inbox = Inbox()
    with (
        listening(inbox, officer_for=lets_in_wang, tls=server_tls(*files)) as listener,
        smtplib.SMTP("localhost", listener.port) as client,
    ):
        client.ehlo()
        assert client.has_extn("starttls")
        assert not client.has_extn("auth")
        client.starttls(context=ssl.create_default_context(cafile=str(files[0])))
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
        client.user, client.password = "wang", "right"
        assert client.auth(mechanism, getattr(client, f"auth_{mechanism.lower()}"))[0] == 235
        client.sendmail("a@b.example", [MAILBOX], b"line\r\n" * 100_000)
    [(content, envelope)] = inbox.recorded
    assert envelope.officer == "wang"
    assert content == b"line\r\n" * 100_000


def test_with_tls_configured_nobody_logs_in_without_it(files: tuple[Path, Path]) -> None:
    with (
        listening(Inbox(), officer_for=lets_in_wang, tls=server_tls(*files)) as listener,
        Client(listener.port) as client,
    ):
        assert client.ask(f"AUTH PLAIN {plain('wang', 'right')}")[:3] == "538"


def test_without_tls_nobody_logs_in_where_others_may_listen() -> None:
    with listening(Inbox(), officer_for=lets_in_wang, host="0.0.0.0") as listener, Client(listener.port) as client:
        assert "AUTH" not in client.ask("EHLO me")
        assert client.ask(f"AUTH PLAIN {plain('wang', 'right')}")[:3] == "538"
        assert client.mail(b"x\r\n.\r\n")[:3] == "250"


def test_what_was_said_in_the_clear_before_tls_is_forgotten(files: tuple[Path, Path]) -> None:
    with listening(Inbox(), tls=server_tls(*files)) as listener, Client(listener.port) as client:
        client.say(b"STARTTLS\r\nEHLO injected\r\nMAIL FROM:<forged@county.example>\r\n")
        assert client.reply()[:3] == "220"
        context = ssl.create_default_context(cafile=str(files[0]))
        try:
            with context.wrap_socket(client.socket, server_hostname="localhost") as secured:
                secured.sendall(b"MAIL FROM:<a@b.example>\r\n")
                assert secured.recv(100).startswith(b"503 5.5.1 Say EHLO first")
        except (ssl.SSLError, OSError):
            pass  # refusing the handshake is as good


def test_noise_instead_of_a_handshake_harms_nobody_else(files: tuple[Path, Path]) -> None:
    inbox = Inbox()
    with listening(inbox, tls=server_tls(*files)) as listener:
        with Client(listener.port) as client:
            assert client.ask("STARTTLS")[:3] == "220"
            client.say(b"this is no handshake\r\n" * 10)
            assert not client.stream.read().startswith(b"250")
        with Client(listener.port) as other:
            assert other.mail(b"x\r\n.\r\n")[:3] == "250"


def test_three_wrong_passwords_end_the_conversation() -> None:
    with listening(Inbox(), officer_for=lets_in_wang) as listener, Client(listener.port) as client:
        for _ in range(3):
            assert client.ask(f"AUTH PLAIN {plain('wang', 'wrong')}")[:3] == "535"
        assert client.reply()[:3] == "421"
        assert client.hung_up()


def test_a_peer_that_fails_twenty_times_waits_even_with_the_right_password() -> None:
    with listening(Inbox(), officer_for=lets_in_wang) as listener:
        for _ in range(10):
            with Client(listener.port) as client:
                for _ in range(2):
                    assert client.ask(f"AUTH PLAIN {plain('wang', 'wrong')}")[:3] == "535"
        with Client(listener.port) as client:
            assert client.ask(f"AUTH PLAIN {plain('wang', 'right')}")[:3] == "454"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("AUTH", "501"),
        ("AUTH CRAM-MD5", "504"),
        ("AUTH PLAIN ???", "501"),
        ("AUTH PLAIN " + b64encode(b"no zeros").decode(), "501"),
        ("AUTH PLAIN " + b64encode(b"\0\xff\0\xff").decode(), "535"),
        ("auth plain " + plain("wang", "right"), "235"),
    ],
)
def test_odd_logins_get_an_answer(words: str, answer: str) -> None:
    with listening(Inbox(), officer_for=lets_in_wang) as listener, Client(listener.port) as client:
        assert client.ask(words)[:3] == answer
        assert client.ask("NOOP")[:3] == "250"


def test_a_login_may_be_broken_off() -> None:
    with listening(Inbox(), officer_for=lets_in_wang) as listener, Client(listener.port) as client:
        assert client.ask("AUTH LOGIN")[:3] == "334"
        assert client.ask("*")[:3] == "501"
        assert client.ask("AUTH PLAIN")[:3] == "334"
        assert client.ask(plain("wang", "right"))[:3] == "235"
        assert client.ask(f"AUTH PLAIN {plain('wang', 'right')}")[:3] == "503"


def test_words_that_look_like_commands_may_be_part_of_a_login() -> None:
    heard = []

    def listens(login: str, password: str) -> str | None:
        heard.append((login, password))
        return None

    with listening(Inbox(), officer_for=listens) as listener, Client(listener.port) as client:
        client.ask("AUTH LOGIN")
        assert client.ask("QUIT")[:3] == "334"  # which is base64, too
        assert client.ask(b64encode(b"x").decode())[:3] == "535"
    assert heard == [("AB\x13", "x")]


def test_mail_goes_on_while_passwords_are_checked() -> None:
    gate = Event()

    def slowly(login: str, password: str) -> str | None:
        gate.wait(10)
        return None

    inbox = Inbox()
    with listening(inbox, officer_for=slowly, connections_per_peer=60) as listener:
        waiting = [Client(listener.port) for _ in range(20)]
        for client in waiting:
            client.say(f"AUTH PLAIN {plain('wang', 'x')}")
        with Client(listener.port) as other:
            assert other.mail(b"x\r\n.\r\n")[:3] == "250"
        sockets = [client.socket for client in waiting]
        wait_until(lambda: len(select(sockets, [], [], 0)[0]) == 4)  # more than sixteen do not wait
        gate.set()
        answers = [client.reply()[:3] for client in waiting]
        assert sorted(answers) == ["454"] * 4 + ["535"] * 16
        for client in waiting:
            client.close()


def test_an_officer_logs_in_by_id_or_address_and_nobody_else_does() -> None:
    check = password_check(
        [
            officer("wang", "wang@health.example", "office@health.example", password="正确 password"),
            officer("li", "li@health.example", "office@health.example", password="other"),
            officer("zhao", "zhao@health.example"),
        ]
    )
    assert check("wang", "正确 password") == "wang"
    assert check("Wang@Health.example", "正确 password") == "wang"
    assert check("wang", "other") is None
    assert check("office@health.example", "正确 password") is None  # two officers share it
    assert check("zhao", "") is None
    assert check("nobody", "no officer has this") is None


def test_a_login_nobody_has_takes_as_long_as_a_wrong_password() -> None:
    slow = PasswordHasher(time_cost=2, memory_cost=16384, parallelism=1)
    wang = officer("wang", "wang@health.example")
    check = password_check([Officer(**{**fields(wang), "password_hash": slow.hash("right")})])

    def quickest(login: str) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            check(login, "wrong")
            times.append(time.perf_counter() - begun)
        return min(times)

    assert 0.5 < quickest("nobody") / quickest("wang") < 2


def fields(found: Officer) -> dict[str, object]:
    return {name: getattr(found, name) for name in Officer.__dataclass_fields__}


def test_failures_are_forgotten_with_time_and_are_each_peers_own() -> None:
    failures = Failures(most=2, window=60)
    failures.add("one", 0)
    failures.add("one", 30)
    assert failures.too_many("one", 59)
    assert not failures.too_many("other", 59)
    assert not failures.too_many("one", 61)


def test_peers_are_counted_by_address_and_by_network_where_addresses_are_cheap() -> None:
    assert peer_of(("192.0.2.7", 1)) == "192.0.2.7"
    assert peer_of(("::ffff:192.0.2.7", 1, 0, 0)) == "192.0.2.7"
    assert peer_of(("2001:db8::1", 1, 0, 0)) == peer_of(("2001:db8::ffff:2", 1, 0, 0))
    assert peer_of(("2001:db8:0:1::1", 1, 0, 0)) != peer_of(("2001:db8::1", 1, 0, 0))


def test_connections_are_capped_for_all_and_for_each() -> None:
    connections = Connections(total=3, per_peer=2)
    assert [connections.enter(peer) for peer in ("a", "a", "a", "b", "c")] == [True, True, False, True, False]
    connections.leave("a")
    assert connections.enter("c")
