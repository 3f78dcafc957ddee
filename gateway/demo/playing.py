"""Plays the story in a county, tells it as it goes, and checks at the end that everything told is true."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway import log
from gateway.core.facts import Fact, Released
from gateway.core.rules import Rules
from gateway.demo.county import HALF_YEAR, MONTH, QUARTER, County
from gateway.demo.story import STORY
from gateway.demo.telling import Telling
from gateway.journal import verify
from gateway.ledger.answers import BoardRow
from handlers.sealed import open_stream, read_header, unlock_for

Draw = Callable[[Sequence[BoardRow], Rules], None]
"""Prints the board."""

_HELD = {
    "sent/": "every mail that somebody sent, with its attachments",
    "letters/": "every letter of the gateway, in its recipient's box",
    "shared/": "the folder of the police station, with the answers",
    "results/": "results as their recipients opened them",
    "daemon.log": "what the operator sees",
}
_MARK = ".played-by-gateway-demo"


def play(folder: Path, seed: int, draw: Draw) -> int:
    """The month, from founding to the last letter. Returns 0 if all verifies."""
    folder = folder.resolve()
    _cleared(folder)
    with (folder / "daemon.log").open("w", encoding="utf-8") as lines:
        log.configure("info", lines)
        with County.founded(folder, STORY[0].at, seed=seed, sent=folder / "sent") as county:
            telling = Telling(county.gateway.configuration.rules)
            facts = _tell_story(county, telling)
            return _look_back(county, telling, facts, folder, draw)


def _tell_story(county: County, telling: Telling) -> list[Fact]:
    told: list[Fact] = []
    letters = 0
    for chapter in STORY:
        county.turn_to(chapter.at)
        chapter.act(county)
        county.work()
        new = [fact for _, fact in county.gateway.store.entries(len(told))]
        telling.chapter(chapter, new, county.post_office.letters[letters:])
        told += new
        letters = len(county.post_office.letters)
    return told


def _look_back(county: County, telling: Telling, facts: list[Fact], folder: Path, draw: Draw) -> int:
    """The board, the results as their recipients see them, and the verification of everything."""
    console = telling.console
    console.print()
    released = [fact for fact in facts if isinstance(fact, Released)]
    for fact in released:
        _open(county, fact, folder)
    telling.releases(released)
    with county.gateway.store.view() as view:
        rows = [row for period in (MONTH, QUARTER, HALF_YEAR) for row in view.board(county.clock.now(), period)]
    draw(rows, county.gateway.configuration.rules)
    latest = county.gateway.store.latest()
    receipts = sorted((folder / "letters").rglob("receipt*.json"))
    receipts += sorted((folder / "shared").rglob("receipt*.json"))
    state = folder / "gateway" / "state" / "gateway.db"
    checked = _verified(str(county.gateway.store.verifier), [state, *receipts])
    wrong = [line for line in checked.stdout.splitlines() if line.startswith("WRONG")]
    for line in wrong:
        console.print(f"[red]{line}[/]")
    console.print(f"\n{len(receipts)} receipts checked against the journal, {len(wrong)} wrong")
    console.print(f"[bold]{folder}[/] holds", soft_wrap=True)
    for name, what in _HELD.items():
        console.print(f"   {name:12}{what}")
    verdict = "verified" if checked.returncode == 0 else "NOT verified"
    root = latest.note.splitlines()[2][:12]
    console.print(f"[bold]journal: {len(facts)} facts, checkpoint {latest.size}/{root}…, {verdict}[/]")
    return 0 if verdict == "verified" else 1


def _verified(key: str, files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """What an auditor does: verify.py in a process of its own, which shares no code with what wrote the journal."""
    command = [sys.executable, verify.__file__, "--key", key, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _open(county: County, fact: Released, folder: Path) -> None:
    """Open a release with one of its recipient's own keys, as that officer would, and keep the workbook to look at."""
    keys = [key for officer, key in county.keys.items() if officer.partition(".")[0] == fact.department]
    target = folder / "results" / fact.department
    target.mkdir(parents=True, exist_ok=True)
    sealed = target / f"{fact.release}.sealed"
    with sealed.open("wb") as out:
        out.writelines(county.gateway.store.read(fact.blob))
    with sealed.open("rb") as source:
        header = read_header(source)
        content_key = unlock_for(header, [key.sealing_private for key in keys]).content_key

        def sink(file: object) -> object:
            name = f"{fact.release}-{Path(getattr(file, 'name', 'file')).name}"
            (target / name).unlink(missing_ok=True)
            return (target / name).open("ab").write

        open_stream(header, source, content_key, sink, lambda signed: None)  # type: ignore[arg-type]


def _cleared(folder: Path) -> None:
    """An empty folder of ours. One that holds anything else is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise SystemExit(f"{folder} is not empty and not of an earlier demo. Please name another with --folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
