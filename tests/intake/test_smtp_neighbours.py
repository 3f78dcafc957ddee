"""Real mail programs speak to the listener: swaks, and Postfix, which only root can start."""

from __future__ import annotations

import os
import smtplib
import subprocess
from pathlib import Path

from bench.peers import Postfix
from gateway.intake.smtp import server_tls
from tests.intake.smtp_world import MAILBOX, Inbox, certificate, failed, listening, wait_until


def test_swaks_logs_in_through_tls_and_sends_an_attachment(tmp_path: Path) -> None:
    attachment = tmp_path / "births.csv"
    attachment.write_bytes(b"id,name\r\n" * 10_000)
    inbox = Inbox()

    def officer_for(login: str, password: str) -> str | None:
        return "wang" if (login, password) == ("wang@health.example", "right") else None

    with listening(inbox, officer_for=officer_for, tls=server_tls(*certificate(tmp_path))) as listener:
        words = ["--server", "127.0.0.1", "--port", str(listener.port), "--to", MAILBOX, "--from", "a@b.example"]
        login = ["--tls", "--auth", "LOGIN", "--auth-user", "wang@health.example", "--auth-password", "right"]
        done = subprocess.run(
            ["swaks", *words, *login, "--attach", f"@{attachment}"], capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, done.stdout
    [(content, envelope)] = inbox.recorded
    assert envelope.officer == "wang"
    assert b"births.csv" in content


if os.geteuid() == 0:

    def test_a_mail_that_could_not_be_recorded_stays_with_postfix_and_comes_again() -> None:
        inbox = Inbox(on_commit=lambda draft, envelope: failed())
        with listening(inbox) as listener:
            onward = {
                "virtual_mailbox_domains": "",
                "relayhost": f"[127.0.0.1]:{listener.port}",
                "smtp_tls_security_level": "none",
            }
            with Postfix(**onward) as postfix:
                with smtplib.SMTP("127.0.0.1", postfix.port) as client:
                    for number in range(5):
                        letter = f"Subject: {number}\r\n\r\n.dot\r\n{'x' * 2000}\r\n"
                        client.sendmail("officer@health.example", [MAILBOX], letter)
                wait_until(lambda: postfix.log().count("status=deferred") == 5)
                assert "451 4.3.0 Nothing was recorded" in postfix.log()
                inbox.on_commit = inbox.record
                postfix.flush()
                wait_until(lambda: postfix.log().count("status=sent") == 5)
        assert len(inbox.recorded) == 5
        assert all(b"\r\n.dot\r\n" in content for content in inbox.contents)
