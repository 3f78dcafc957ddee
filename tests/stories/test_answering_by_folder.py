"""A police station that reports by its folder only: the letter is read there, and answered by a text file beside it."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.core.facts import RepairTaken
from gateway.demo.county import local
from gateway.demo.senders import File, put
from tests.world import REPORTING_DAY, Site, undone, verified, watching


def test_errors_that_can_be_mended_are_agreed_to_in_the_folder(site: Site, tmp_path: Path) -> None:
    with site.town(tmp_path, REPORTING_DAY) as town:
        town.work()
        town.turn_to(local(2026, 12, 27))
        right = town.csv("bailu_police", "station_births", "2026-M12")
        header, first, *others = right.data.decode("gb18030").splitlines()
        cells = [{"1": "男", "2": "女"}.get(cell, cell) for cell in first.split(",")]
        assert cells != first.split(",")
        put(town.officer_folder, File(right.name, "\r\n".join([header, ",".join(cells), *others, ""]).encode()))
        with watching(town) as seen:
            town.turn_to(local(2026, 12, 28))
        assert [(one.verdict, one.refusal) for one in seen.told.submissions] == [("rejected", "findings")]
        letter = next(town.officer_folder.glob("answers/*/letter.txt")).read_text("utf-8-sig")
        number = re.search(r"第二行写收件编号 (A-\S{17})", letter)
        assert number
        put(town.officer_folder, File("同意.txt", f"同意\r\n{number[1]}\r\n".encode("gbk")))
        with watching(town) as seen:
            town.turn_to(local(2026, 12, 28, 10))
        (one,) = seen.told.submissions
        assert (one.verdict, one.becomes, one.rows) == ("accepted", "replacement", len(others) + 1)
        assert len(seen.told.of(RepairTaken)) == 1
        receipts = sorted(town.officer_folder.glob("answers/*/receipt.json"))
        good, wrong = verified(town, receipts)
        assert wrong == [] and sorted(one.split(", ")[1] for one in good[1:]) == ["accepted", "rejected"]
        assert [path.name for path in town.officer_folder.iterdir() if path.is_file()] == []
        assert undone(town) == []
