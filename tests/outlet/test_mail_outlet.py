"""Letters go to the relay unchanged, and what it says is told apart: not now, or never."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import Relay as RelaySettings
from gateway.intake.smtp import server_tls
from gateway.outlet.mail import MailOutlet
from gateway.outside import Permanent, Temporary
from tests.intake.smtp_world import certificate
from tests.outlet.relay import Relay

LETTER = b"Message-ID: <L1@county.example>\r\nSubject: receipt\r\n\r\n.a line\r\n"
OFFICER = "officer@health.example"


def outlet(port: int, password: str | None = None, **settings: Any) -> MailOutlet:
    settings = {"host": "127.0.0.1", "timeout": timedelta(seconds=2), **settings}
    return MailOutlet(RelaySettings(port=port, **settings), "reports@county.example", password)


def send(mail: MailOutlet, letter: bytes = LETTER, recipient: str = OFFICER) -> None:
    mail.send(letter, "<L1@county.example>", recipient)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


def test_a_letter_arrives_byte_for_byte_from_our_mailbox() -> None:
    with Relay() as relay:
        send(outlet(relay.port))
    assert relay.letters == [LETTER]
    assert b"mail FROM:<reports@county.example>" in relay.commands
    assert b"rcpt TO:<officer@health.example>" in relay.commands


def test_sending_again_is_the_same_bytes() -> None:
    with Relay(once={".": b""}) as relay:
        mail = outlet(relay.port, timeout=timedelta(seconds=0.3))
        with pytest.raises(Temporary):  # the relay took it, and its answer was lost
            send(mail)
        send(mail)
    assert relay.letters == [LETTER, LETTER]


def test_letters_that_follow_one_another_share_a_connection() -> None:
    with Relay() as relay:
        mail = outlet(relay.port)
        for _ in range(3):
            send(mail)
        mail.close()
    assert relay.connections == 1
    assert len(relay.letters) == 3
    assert relay.commands[-1].upper() == b"QUIT"


def test_a_connection_that_went_stale_is_replaced_unnoticed() -> None:
    with Relay(once={"RSET": None}) as relay:
        mail = outlet(relay.port)
        send(mail)
        send(mail)
    assert relay.connections == 2
    assert len(relay.letters) == 2


@pytest.mark.parametrize("where", ["hello", "EHLO", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", [b"451 later\r\n", b"421 closing\r\n", None, b"", b"what?\r\n"])
def test_trouble_on_the_way_is_temporary_wherever_it_comes(where: str, answer: bytes | None) -> None:
    with Relay(once={where: answer, "HELO": answer} if where == "EHLO" else {where: answer}) as relay:
        mail = outlet(relay.port, timeout=timedelta(seconds=0.3))
        with pytest.raises(Temporary):
            send(mail)
        send(mail)
    assert relay.letters[-1] == LETTER


@pytest.mark.parametrize("where", ["MAIL", "RCPT", "DATA", "."])
def test_a_refusal_for_good_is_permanent_with_its_code_and_not_its_words(where: str) -> None:
    with Relay(once={where: b"554 5.7.1 foreign words\r\n"}) as relay:
        mail = outlet(relay.port)
        with pytest.raises(Permanent) as refused:
            send(mail)
        assert refused.value.code == "554"
        assert "foreign" not in "".join(map(str, refused.value.args))
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
        send(mail)
    assert relay.letters[-1] == LETTER


@pytest.mark.parametrize(("where", "answer"), [("hello", b"554 no\r\n"), ("MAIL", b"530 5.7.0 log in first\r\n")])
def test_what_speaks_of_us_and_not_of_the_letter_leaves_it_owed(where: str, answer: bytes) -> None:
    with Relay(answers={where: answer}) as relay, pytest.raises(Temporary):
        send(outlet(relay.port))


def test_nobody_there_is_temporary() -> None:
    with Relay() as relay:
        pass
    with pytest.raises(Temporary):
        send(outlet(relay.port))


def test_a_relay_that_never_answers_is_temporary() -> None:
    with Relay(answers={"hello": b""}) as relay, pytest.raises(Temporary):
        send(outlet(relay.port, timeout=timedelta(seconds=0.3)))


@pytest.mark.parametrize("address", ["张三@卫生.example"])
def test_an_address_in_another_script_needs_a_relay_that_knows_it(address: str) -> None:
    with Relay() as relay:
        send(outlet(relay.port), recipient=address)
    assert f"rcpt TO:<{address}>".encode() in relay.commands
    with Relay(extensions=()) as relay, pytest.raises(Permanent) as refused:
        send(outlet(relay.port), recipient=address)
    assert refused.value.code == "no_smtputf8"


def test_eight_bit_letters_are_announced_as_such() -> None:
    letter = LETTER + "正文\r\n".encode()
    with Relay() as relay:
        send(outlet(relay.port), letter)
    assert relay.letters == [letter]
    assert b"mail FROM:<reports@county.example> BODY=8BITMIME" in relay.commands


def test_a_login_goes_through_tls_to_a_server_that_proves_who_it_is(files: tuple[Path, Path]) -> None:
    with Relay(tls=server_tls(*files)) as relay:
        send(outlet(relay.port, "secret", security="starttls", user="gateway", certificate_authority=files[0]))
    assert relay.letters == [LETTER]
    assert relay.commands.index(b"STARTTLS") < next(n for n, said in enumerate(relay.commands) if said[:4] == b"AUTH")


def test_tls_from_the_first_byte_works_too(files: tuple[Path, Path]) -> None:
    with Relay(tls=server_tls(*files), at_once=True) as relay:
        send(outlet(relay.port, security="tls", certificate_authority=files[0]))
    assert relay.letters == [LETTER]


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(files: tuple[Path, Path]) -> None:
    with Relay(tls=server_tls(*files)) as relay, pytest.raises(Temporary):
        send(outlet(relay.port, "secret", security="starttls", user="gateway"))
    assert not any(said[:4] in (b"AUTH", b"mail") for said in relay.commands)


def test_a_relay_without_tls_gets_nothing_when_tls_is_asked_for() -> None:
    with Relay() as relay, pytest.raises(Temporary):
        send(outlet(relay.port, "secret", security="starttls", user="gateway"))
    assert not any(said[:4] in (b"AUTH", b"mail") for said in relay.commands)


def test_a_wrong_password_leaves_the_letter_owed(files: tuple[Path, Path]) -> None:
    with (
        Relay(tls=server_tls(*files), answers={"AUTH": b"535 no\r\n"}) as relay,
        pytest.raises(Temporary),
    ):
        send(outlet(relay.port, "wrong", security="starttls", user="gateway", certificate_authority=files[0]))
    assert relay.letters == []


def test_without_tls_the_relay_must_be_on_this_machine() -> None:
    with pytest.raises(ValueError, match="on this machine"):
        MailOutlet(RelaySettings(host="relay.example", security="none"), "reports@county.example")


def test_tls_of_a_foreign_name_is_refused(tmp_path: Path) -> None:
    elsewhere = certificate(tmp_path, "elsewhere.example")
    trusted = {"security": "starttls", "certificate_authority": elsewhere[0], "host": "localhost"}
    with Relay(tls=server_tls(*elsewhere)) as relay, pytest.raises(Temporary):
        send(outlet(relay.port, **trusted))
    assert relay.letters == []
