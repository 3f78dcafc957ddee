"""The county as the stories' tests see it: the month played once, smaller towns for smaller stories, and its letters.

What a letter, a receipt or a workbook says is read from the bytes that were delivered, with the recipient's own key
where they are sealed.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway import wiring
from gateway.config.load import Configuration
from gateway.config.settings import ImapMailbox, Settings
from gateway.core.facts import Fact, Judged, SubmissionVerdict, Written
from gateway.demo.county import County, TurnedClock, local
from gateway.demo.founding import MAILBOX_PASSWORD, ZONE
from gateway.demo.month import happened
from gateway.demo.people import People
from gateway.demo.post_office import Delivered, PostOffice
from gateway.demo.story import STORY
from gateway.journal import export
from gateway.journal.verify import Key, verify
from gateway.judge.formats import HANDLERS
from gateway.running import Gateway
from gateway.sandbox import Sandbox
from handlers.sealed import open_stream, read_header, unlock_for

F = TypeVar("F", bound=Fact)
FIRST_DAY = local(2026, 12, 1)
REPORTING_DAY = local(2026, 12, 22, 9)
STAY: dict[str, Any] = {"end": lambda: None}  # trouble of our own fails the test instead of ending its process


@dataclass(frozen=True)
class Told:
    """What one chapter came to: its facts, and the letters that were delivered in it."""

    at: datetime
    facts: tuple[Fact, ...]
    letters: tuple[Delivered, ...]

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def submissions(self) -> list[SubmissionVerdict]:
        return [submission for judged in self.of(Judged) for submission in judged.submissions]

    def to(self, address: str) -> list[Delivered]:
        return [letter for letter in self.letters if letter.recipient == address]


@dataclass(frozen=True)
class Month:
    """The month as it was played; its county is still standing, for questions."""

    county: County
    told: dict[str, Told]

    def chapter(self, beginning: str) -> Told:
        """The chapter whose title begins so."""
        (title,) = [title for title in self.told if title.startswith(beginning)]
        return self.told[title]

    @property
    def whole(self) -> Told:
        facts = tuple(fact for told in self.told.values() for fact in told.facts)
        return Told(self.county.clock.now(), facts, tuple(self.county.post_office.letters))


@contextmanager
def played_month(folder: Path) -> Iterator[Month]:
    """The month of the demo, chapter by chapter."""
    with County.founded(folder, STORY[0].at, build_options=STAY) as county:
        told: dict[str, Told] = {}
        for chapter in STORY:
            with watching(county) as seen:
                county.turn_to(chapter.at)
                chapter.act(county)
                county.work()
            told[chapter.title] = seen.told
        yield Month(county, told)


class Seen:
    """What happens in a county from now on."""

    def __init__(self, county: County) -> None:
        self._county = county
        self._facts = county.gateway.store.latest().size
        self._letters = len(county.post_office.letters)

    @property
    def told(self) -> Told:
        entries = tuple(fact for _, fact in self._county.gateway.store.entries(self._facts))
        return Told(self._county.clock.now(), entries, tuple(self._county.post_office.letters[self._letters :]))


@contextmanager
def watching(county: County) -> Iterator[Seen]:
    yield Seen(county)


class Site:
    """An installation that many stories share: its keys and passwords are made once, the state is each story's own."""

    def __init__(self, folder: Path) -> None:
        with County.founded(folder, FIRST_DAY, with_imap=False) as founded:
            self._founded = founded
            self.configuration = founded.gateway.configuration
        (self.configuration.settings.credentials / "imap.password").write_text(MAILBOX_PASSWORD)
        self._sandbox = Sandbox(self.configuration.settings.sandbox, HANDLERS)

    def close(self) -> None:
        self._sandbox.close()

    def town(self, folder: Path, start: datetime, imap: ImapMailbox | None = None, **options: Any) -> County:
        """A county of its own in this folder: few people, no mail server beside it unless one is given. A context."""
        founded, config = self._founded, folder / "gateway" / "config"
        shutil.copytree(founded.folder / "gateway", folder / "gateway", ignore=shutil.ignore_patterns("gateway.db*"))
        shared = folder / "shared" / "bailu_police"
        shared.mkdir(parents=True)
        toml = (config / "gateway.toml").read_text(encoding="utf-8")
        (config / "gateway.toml").write_text(toml.replace(str(founded.officer_folder), str(shared)), encoding="utf-8")
        post_office, clock = PostOffice().__enter__(), TurnedClock(start)
        settings = self._settings(folder, shared, post_office.port, imap)
        gateway = self.build(replace(self.configuration, settings=settings), clock=clock, **options)
        people = People(2026, founded.people.villages)
        first = start.astimezone(ZONE).date().replace(day=1) - timedelta(days=10)
        account = happened(people, first, first + timedelta(days=30), 8)
        county = County(folder, clock, post_office, None, gateway, founded.keys, account, people,
                        founded.signing_domain, founded.signer)  # fmt: skip
        listening(county)
        return county

    def build(self, configuration: Configuration, **options: Any) -> Gateway:
        """A gateway that shares the warm sandbox and doesn't end the tests' process."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(wiring, "open_sandbox", lambda _: Lent(self._sandbox))
            return wiring.build(configuration, **({"end": lambda: None} | options))

    def _settings(self, folder: Path, shared: Path, relay: int, imap: ImapMailbox | None) -> Settings:
        settings, root = self.configuration.settings, folder / "gateway"
        (watched,) = settings.folders
        assert settings.relay
        return replace(
            settings,
            database=f"sqlite:///{root / 'state' / 'gateway.db'}",
            config=root / "config",
            relay=replace(settings.relay, port=relay),
            folders=(replace(watched, path=shared),),
            imap=(imap,) if imap else (),
        )


class Lent:
    """A sandbox that stays warm when its borrower closes it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.session, self.hardening = sandbox.session, sandbox.hardening

    def close(self) -> None:
        """Somebody else needs it."""


def listening(county: County) -> None:
    assert county.gateway.listener
    county.gateway.listener.start()


def restarted(site: Site, county: County, **changes: Any) -> None:
    """Stop the gateway and start it anew over the same state, or with other settings."""
    configuration = county.gateway.configuration
    county.gateway.close()
    settings = replace(configuration.settings, **changes)
    county.gateway = site.build(replace(configuration, settings=settings), clock=county.clock)
    listening(county)


# --- reports that people send ---


def report(county: County, officer: str, dataflow: str, rows: Any = None, period: str = "2026-M12") -> bytes:
    """A mail with one workbook, from the officer's own address."""
    book = county.workbook(officer.partition(".")[0], dataflow, period, rows)
    return county.mail(county.address(officer), dataflow, [book])


def send_in(county: County, officer: str, dataflow: str, rows: Any = None, period: str = "2026-M12") -> Told:
    """The officer logs in, sends a workbook, and the gateway works; gives what came of it."""
    with watching(county) as seen:
        county.send(county.address(officer), report(county, officer, dataflow, rows, period), officer)
        county.work()
    return seen.told


# --- letters ---


def receipts(letter: Delivered) -> dict[str, bytes]:
    return {name: data for name, data in letter.files().items() if name.startswith("receipt")}


def receipt(letter: Delivered) -> dict[str, Any]:
    """The receipt of what the letter answers."""
    found: dict[str, Any] = json.loads(letter.files()["receipt.json"])
    return found


def digests(told: Told) -> list[Written]:
    return [written for written in told.of(Written) if written.kind == "digest"]


def chased(told: Told) -> dict[str, dict[str, set[str]]]:
    """Officer → kind of stage → dataflows spoken of, in this chapter's digests."""
    found: dict[str, dict[str, set[str]]] = {}
    for written in digests(told):
        for about in written.about:
            if about.kind == "obligation":
                stages = found.setdefault(written.officer or "", {})
                stages.setdefault(about.stage.partition("-")[0], set()).add(about.id.split("/")[1])
    return found


def day_of(instant: datetime) -> str:
    return instant.astimezone(ZONE).date().isoformat()


# --- results ---


def opened(county: County, department: str, sealed: bytes) -> bytes:
    """The workbook in a sealed result, opened with one of the department's own keys. Raises `Unreadable`."""
    keys = [key.sealing_private for officer, key in county.keys.items() if officer.partition(".")[0] == department]
    source, pieces = io.BytesIO(sealed), list[bytes]()
    header = read_header(source)
    content_key = unlock_for(header, keys).content_key
    open_stream(header, source, content_key, lambda file: lambda block: pieces.append(bytes(block)), lambda _: None)
    return b"".join(pieces)


def table(workbook: bytes) -> tuple[list[str], list[tuple[object, ...]]]:
    """The header and the rows of the first sheet: the header is the third line."""
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    _, _, header, *rows = sheet.iter_rows(values_only=True)
    return [str(cell) for cell in header], [tuple(map(_plain, row)) for row in rows]


def _plain(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value


# --- evidence ---


def verified(county: County, files: Iterable[Path] = ()) -> tuple[list[str], list[str]]:
    """What verification says of the live state, and of these receipts against it."""
    state = county.folder / "gateway" / "state" / "gateway.db"
    return verify([state, *files], [key_of(county)])


def key_of(county: County) -> Key:
    return Key.parse(str(county.gateway.store.verifier))


def exported(county: County, target: Path) -> Path:
    store = county.gateway.store
    with store._snapshot() as connection:
        target.write_bytes(b"".join(export.write(connection, [store.verifier])))
    return target


def undone(county: County) -> list[str]:
    """What is still owed that nothing hinders."""
    return [duty.id for duty in county.gateway.performer.owed(county.clock.now())]
