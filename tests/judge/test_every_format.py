"""One report in each format that a department may send, judged from its arrival to its verdict."""

from __future__ import annotations

import random

import pytest

from gateway.core.facts import Judged
from tests.hostile import reports
from tests.judge.desk import CLINIC, Desk

NAME = "卫生院婴儿死亡2026年12月"
MADE = {
    "xlsx": reports.xlsx, "xlsm": reports.xlsx, "xlsb": reports.xlsb, "xls": reports.xls, "et": reports.xls,
    "ods": reports.ods, "csv": reports.csv,
}  # fmt: skip


def verdict(judged: Judged) -> tuple[str, int]:
    [submission] = judged.submissions
    return submission.verdict, submission.rows


@pytest.mark.parametrize("suffix", MADE)
def test_a_report_is_accepted_in_every_format(desk: Desk, suffix: str) -> None:
    data = reports.as_file(MADE[suffix](random.Random(5)))
    count = len(reports.lines_of(random.Random(5))) - 1
    assert verdict(desk.judge(data, CLINIC, "folder", name=f"{NAME}.{suffix}")) == ("accepted", count)
