"""Hospital births with queries: reports whose rows are right as far as a machine can see, and odd."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

import openpyxl

from gateway.core.facts import Explained, Judged
from gateway.demo.senders import File
from gateway.judge.shelf import decode_list
from tests.judge.desk import HEALTH, Desk, body

BIRTHS, MONTH = "hospital_births", "2026-M12"
OBLIGATION = f"health/{BIRTHS}/{MONTH}"
NAME = "医院出生人口2026年12月.csv"
HEADER = "出生医学证明编号,性别,出生日期,母亲公民身份号码,母亲姓名,接生机构,村（居）委会代码"


def citizen(born: str = "19920304", serial: str = "002") -> str:
    """An invented id number; an odd `serial` is a man's."""
    digits = f"449921{born}{serial}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3) * 2, strict=False))
    return digits + "10X98765432"[total % 11]


def row(number: int, born: str = "2026-12-01", mother: str = "", name: str = "林示例") -> str:
    return f"A44000000{number},1,{born},{mother or citizen()},{name},县人民医院,449921100201"


EARLY = "2026-08-01"  # asked about: more than two months before the period
MAN = citizen(serial="001")  # asked about: the mother would be a man
PLAIN = (row(1), row(2, EARLY), row(3), row(4, mother=MAN), row(5, EARLY, MAN))
"""Rows 2 to 6 of the sheet: queries in row 3 (birth date), row 5 (mother) and row 6 (both)."""

WRONG = (row(1).replace(",1,", ",7,"), *PLAIN[1:])
"""The same with a sex in row 2 that cannot be."""


def report(rows: Sequence[str] = PLAIN, header: str = HEADER, name: str = NAME) -> File:
    return File(name, "\r\n".join([header, *rows, ""]).encode())


def with_column(said: dict[int, str], rows: Sequence[str] = PLAIN, title: str = "说明") -> File:
    """The same with a column of explanations, by the numbers of the sheet's rows."""
    return report([f"{one},{said.get(number, '')}" for number, one in enumerate(rows, 2)], f"{HEADER},{title}")


def send(desk: Desk, *files: File, officer: str = HEALTH, text: str = "见附件。") -> Judged:
    return desk.judge(desk.message(officer, list(files), text), officer)


def letter(desk: Desk, officer: str = HEALTH) -> EmailMessage:
    return desk.letters_to(officer, "receipt")[-1]


def reply(desk: Desk, to: EmailMessage, text: str, sender: str = HEALTH, quote: bool = True) -> bytes:
    """As a mail program replies to a letter."""
    below = "\n".join(f"> {line}" for line in body(to).splitlines()) if quote else ""
    data = desk.message(sender, [], f"{text}\n\n{below}", f"回复：{to['Subject']}")
    return f"In-Reply-To: {to['Message-ID']}\r\n".encode() + data


def answer(desk: Desk, text: str, to: EmailMessage | None = None) -> Judged:
    """The officer replies to the latest letter, or to this one."""
    return desk.judge(reply(desk, to or letter(desk), text), HEALTH)


def said(desk: Desk, of: str) -> dict[int, dict[str, str]]:
    """What is kept with a submission: by row, then by field."""
    with desk.store.view() as view:
        lists = view.explained_of(of)
    found: dict[int, dict[str, str]] = {}
    for one in decode_list(desk.store.read_all(lists[0].list, 1 << 20)) if lists else ():
        found.setdefault(one.asked.row, {})[one.asked.field] = one.text
    return found


def counts(desk: Desk) -> list[tuple[int, int, int, int]]:
    """Of each fact: added, carried, explained, open."""
    return [(one.added, one.carried, one.explained, one.open) for one in desk.facts(Explained)]


def attached(message: EmailMessage) -> dict[str, bytes]:
    found = {}
    for part in message.iter_attachments():
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        found[str(part.get_filename())] = data
    return found


def filled(book: bytes, texts: dict[str, str]) -> bytes:
    """The list, with its column filled: texts by the cell that a line names (B3), in whatever sheet the list is."""
    made: Any = openpyxl.load_workbook(io.BytesIO(book))
    sheet = made.worksheets[0]
    for line in sheet.iter_rows():
        if line[3].value in texts:
            line[8].value = texts[line[3].value]
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def lines(book: bytes) -> dict[str, tuple[str, str]]:
    """The kind and the explanation of each line of a list, by the cell that it names."""
    sheet: Any = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    return {
        line[3].value: (line[1].value, line[8].value or "") for line in sheet.iter_rows() if line[8].value != "说明"
    }


def base64_of(file: File) -> bytes:
    return base64.b64encode(file.data)
