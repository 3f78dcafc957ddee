"""A letter in an officer's folder: complete, readable, and only once."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.core.letters import Text
from gateway.core.message import Attachment, compose
from gateway.outlet.folder import FolderOutlet
from gateway.outside import Permanent, Temporary

AT = datetime(2026, 10, 21, 4, 0, tzinfo=UTC)
DAY = AT.astimezone().strftime("%Y-%m-%d")
TEXT = Text("十月报表：已接受 (births, accepted)", "张科长：\n\n已收到。\n")
FILES = [Attachment("receipt.json", "application/json", b'{"a":1}\n'), Attachment("问题.csv", "text/csv", b"\xff\0")]


def _letter(at: datetime = AT, files: list[Attachment] = FILES, letter: str = "L-1") -> bytes:
    return compose(letter, TEXT, "gateway@county.example", "officer@county.example", at, files)


def _send(outlet: FolderOutlet, letter: bytes, name: str = "L-1") -> None:
    outlet.send(letter, f"<{name}@county.example>", "officer-1")


def _tree(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


@pytest.fixture
def outlet(tmp_path: Path) -> FolderOutlet:
    return FolderOutlet({"officer-1": tmp_path})


def test_a_clerk_finds_the_letter_as_text_and_the_files_beside_it(outlet: FolderOutlet, tmp_path: Path) -> None:
    _send(outlet, _letter())
    place = f"answers/{DAY}-L-1"
    text = "\ufeff十月报表：已接受 (births, accepted)\r\n\r\n张科长：\r\n\r\n已收到。\r\n"
    assert _tree(tmp_path) == {
        f"{place}/letter.txt": text.encode(),
        f"{place}/receipt.json": b'{"a":1}\n',
        f"{place}/问题.csv": b"\xff\0",
    }


def test_a_letter_without_files_is_its_text(outlet: FolderOutlet, tmp_path: Path) -> None:
    _send(outlet, _letter(files=[]))
    assert list(_tree(tmp_path)) == [f"answers/{DAY}-L-1/letter.txt"]


def test_sending_again_makes_no_second_copy(outlet: FolderOutlet, tmp_path: Path) -> None:
    _send(outlet, _letter())
    before = _tree(tmp_path)
    stamps = [path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))]
    _send(outlet, _letter())
    _send(outlet, _letter(AT + timedelta(days=3)))
    assert _tree(tmp_path) == before
    assert [path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))] == stamps


def test_letters_of_similar_ids_are_kept_apart(outlet: FolderOutlet, tmp_path: Path) -> None:
    for name in ("L-11", "L-1", "L-111"):
        _send(outlet, _letter(letter=name), name)
    assert len(list((tmp_path / "answers").iterdir())) == 3


def test_files_of_the_same_name_are_all_kept(outlet: FolderOutlet, tmp_path: Path) -> None:
    names = ["a.csv", "A.CSV", "letter.txt"]
    _send(outlet, _letter(files=[Attachment(n, "text/csv", n.encode()) for n in names]))
    kept = {path.name: path.read_bytes() for path in tmp_path.glob("answers/*/*")}
    assert kept.pop("letter.txt").startswith(b"\xef\xbb\xbf")
    assert kept == {"a.csv": b"a.csv", "2-A.CSV": b"A.CSV", "2-letter.txt": b"letter.txt"}


def test_nobody_sees_half_a_letter_and_a_left_over_is_cleared(
    outlet: FolderOutlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(os, "rename", _crash)
        broken.setattr(shutil, "rmtree", lambda *a, **k: None)
        with pytest.raises(RuntimeError):
            _send(outlet, _letter())
    assert all(path.name.startswith(".unfinished-") for path in (tmp_path / "answers").iterdir())
    _send(outlet, _letter())
    assert [path.name for path in (tmp_path / "answers").iterdir()] == [f"{DAY}-L-1"]


def test_a_full_disk_is_temporary_and_leaves_nothing(
    outlet: FolderOutlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_space)
        with pytest.raises(Temporary):
            _send(outlet, _letter())
    assert list((tmp_path / "answers").iterdir()) == []
    _send(outlet, _letter())
    assert len(_tree(tmp_path)) == 3


def test_an_officer_without_a_folder_is_permanent(outlet: FolderOutlet) -> None:
    with pytest.raises(Permanent) as caught:
        outlet.send(_letter(), "<L-1@county.example>", "officer-2")
    assert caught.value.code == "no_folder"


def test_a_folder_that_is_away_is_temporary(tmp_path: Path) -> None:
    with pytest.raises(Temporary):
        _send(FolderOutlet({"officer-1": tmp_path / "unmounted"}), _letter())


def test_a_link_in_place_of_answers_is_not_followed(
    outlet: FolderOutlet, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (tmp_path / "answers").symlink_to(elsewhere)
    with pytest.raises(Temporary):
        _send(outlet, _letter())
    assert list(elsewhere.iterdir()) == []


def test_letters_can_lie_in_the_folder_itself(tmp_path: Path) -> None:
    _send(FolderOutlet({"officer-1": tmp_path}, below=""), _letter())
    assert len(list(tmp_path.glob(f"{DAY}-L-1/*"))) == 3


def _crash(*_: object, **__: object) -> None:
    raise RuntimeError


def _no_space(_: int) -> None:
    raise OSError(28, "no space")
