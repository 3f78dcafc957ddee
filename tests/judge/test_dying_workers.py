"""A file that kills its worker, wherever it lies: the officer is told, and everything else is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.settings import SandboxSettings
from gateway.demo.senders import File
from gateway.sandbox import Sandbox
from tests.judge.desk import CLINIC, Desk, Site, body, outcomes, report
from tests.judge.wrapped import zipped

DEADLY = """
import ctypes
from gateway.handler import Opened, Part

NAME, SECRET = "winmail", ""

def opens(head, name):
    return head.startswith(b"KILL")

def open_parts(data, limits, secret=None):
    ctypes.string_at(0)
"""


@pytest.fixture
def dying(the_site: Site, tmp_path: Path) -> Iterator[Desk]:
    """A desk one of whose handlers dies of a segmentation fault."""
    package = tmp_path / "deadly"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "handler.py").write_text(DEADLY)
    names = ("sealed", "deadly.handler", "zip_archive", "csv_text", "mail_message")
    with Sandbox(SandboxSettings(workers=1, time=timedelta(seconds=20)), names, [tmp_path]) as sandbox:
        desk = Desk(replace(the_site, sandbox=sandbox), tmp_path / "gateway.db")
        yield desk
        desk.close()


DEATH = File("winmail.dat", b"KILL")


def test_the_officer_is_told_and_the_rest_is_accepted(dying: Desk) -> None:
    judged = dying.judge(dying.message(CLINIC, [zipped([DEATH, report()])]), CLINIC)
    assert outcomes(judged) == [("rejected", "unsafe"), ("accepted", None)]
    text = body(dying.letters_to(CLINIC, "receipt")[0])
    assert "报表.zip 里的 winmail.dat" in text
    assert "无法安全读取" in text


def test_a_stranger_is_told_nothing_and_nothing_else_suffers(dying: Desk) -> None:
    judged = dying.judge(dying.message("someone@elsewhere.example", [DEATH]))
    assert judged.quarantined
    assert "someone@elsewhere.example" not in [recipient for recipient, _ in dying.mail.sent]
    assert outcomes(dying.judge(dying.message(CLINIC, [report()]), CLINIC)) == [("accepted", None)]
