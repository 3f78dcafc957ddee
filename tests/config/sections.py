"""Reads the cases of `tests/bad_configs/` and lays one out as folders."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

CASES = Path(__file__).parents[1] / "bad_configs"
_HEAD = re.compile(r"^-- (.+) --\n", re.M)


def sections(name: str) -> dict[str, str]:
    """The sections of a case by their heads."""
    _, *parts = _HEAD.split((CASES / f"{name}.txt").read_text("utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def lay_out(folder: Path, case: dict[str, str]) -> Path:
    """The base with the case's files in place of its own, below `folder`; gives the configuration folder."""
    files = {**sections("base"), **case}
    removed = files.pop("removed", "").splitlines()
    del files["mistakes"]
    (folder / "keys").mkdir()
    shutil.copytree(CASES.parents[1] / "config" / "letters", folder / "config" / "letters")
    for name, text in files.items():
        path = folder / name if name.startswith("keys/") else folder / "config" / name
        if name not in removed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return folder / "config"
