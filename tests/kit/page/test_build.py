"""The page that is committed is the one that its sources make."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.kit.page.conftest import FOLDER


def test_the_sources_make_the_same_page_again(packages: Path, tmp_path: Path) -> None:
    made = tmp_path / "seal.html"
    subprocess.run(["node", "build.mjs", str(made)], cwd=packages, check=True, timeout=60)
    same = made.read_bytes() == (packages / "seal.html").read_bytes()
    assert same, "seal.html is not what its sources make: run `npm run build` in gateway/kit/page"


def test_what_it_is_built_from_is_pinned_and_names_no_registry() -> None:
    lock = (FOLDER / "package-lock.json").read_text()
    assert "http" not in lock
    assert "resolved" not in lock
    package = json.loads((FOLDER / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    assert all("integrity" in entry for path, entry in json.loads(lock)["packages"].items() if path)


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    for path in sorted((FOLDER / "source").rglob("*.js")):
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 200, path.name
        assert path.parent.name == "words" or max(map(len, lines)) <= 120, path.name
        assert lines[0].startswith("// "), f"{path.name} does not say what it is"
