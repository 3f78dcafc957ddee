"""Letters through a real Postfix. Only root can start one: for other users there is nothing here to collect."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from bench.peers import Postfix
from gateway.config.settings import Relay
from gateway.outlet.mail import MailOutlet
from gateway.outside import Permanent

LETTER = (
    b"From: reports@county.example\r\nTo: officer@county.example\r\nDate: Tue, 20 Oct 2026 09:00:00 +0800\r\n"
    b"Message-ID: <L1@county.example>\r\nSubject: receipt\r\n\r\n.a line\r\n" + b"x" * 900 + b"\r\n"
)

if os.geteuid() == 0:

    def test_a_real_postfix_delivers_the_letter_as_it_was_and_refuses_who_it_does_not_know() -> None:
        known = "inline:{officer@county.example=box/}"
        with Postfix(virtual_mailbox_maps=known) as postfix:
            relay = Relay(port=postfix.port, timeout=timedelta(seconds=20))
            mail = MailOutlet(relay, "reports@county.example")
            for _ in range(2):
                mail.send(LETTER, "<L1@county.example>", "officer@county.example")
            with pytest.raises(Permanent) as refused:
                mail.send(LETTER, "<L1@county.example>", "stranger@county.example")
            mail.close()
            postfix.wait_for(2)
            for file in (postfix.folder / "mail" / "box" / "new").iterdir():
                delivered = file.read_bytes()
                assert delivered.startswith(b"Return-Path: <reports@county.example>\n")
                assert delivered.endswith(LETTER.replace(b"\r\n", b"\n"))
        assert refused.value.code == "550"
