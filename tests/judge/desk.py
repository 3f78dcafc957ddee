"""A desk at which arrivals are judged: the example county's rules, a real store and ledger, a real sandbox.

Nothing is listened to: what comes is put into the vault as intake would. Letters go nowhere but into a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from gateway import keyring
from gateway.config.init import initialise
from gateway.config.load import load
from gateway.config.settings import SandboxSettings
from gateway.config.sql import untried
from gateway.core.facts import Admitted, Fact, Judged, Written
from gateway.core.letters import Letters
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.daemon import Daemon
from gateway.demo.senders import File, mail
from gateway.handler import Part
from gateway.journal import codec
from gateway.judge.case import Means
from gateway.judge.expecting import standings_from
from gateway.judge.explanation_given import sayings_from
from gateway.judge.formats import HANDLERS
from gateway.judge.proving import Policy
from gateway.keyring import Envelopes, PrivateKey
from gateway.ledger.answers import Submission
from gateway.outside import Envelope, Permanent, Temporary
from gateway.perform.office import FOLDER, MAIL, Office
from gateway.perform.performer import Performer
from gateway.sandbox import Sandbox
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys
from gateway.wiring import SystemChance
from handlers.sealed import write
from tests.journal.world import TurnedClock

CLINIC, OTHER = "bailu_clinic.reporter", "songquan_clinic.reporter"
POLICE, HEALTH = "public_security.reporter", "health.reporter"
FLOW, MONTH = "clinic_infant_deaths", "2026-M12"
NAME = "卫生院婴儿死亡2026年12月.csv"
HEADER = "性别,出生日期,死亡日期,村（居）委会代码"
VILLAGE = {"bailu_clinic": "449921100201", "songquan_clinic": "449921101201"}
START = datetime(2026, 12, 20, 9, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def table(rows: int = 2, department: str = "bailu_clinic", sex: str = "1") -> bytes:
    """A CSV of this many infant deaths in the department's own village."""
    lines = [f"{sex},2026-11-{day:02},2026-12-01,{VILLAGE[department]}" for day in range(1, rows + 1)]
    return "\r\n".join([HEADER, *lines, ""]).encode()


def report(rows: int = 2, department: str = "bailu_clinic", name: str = NAME, sex: str = "1") -> File:
    return File(name, table(rows, department, sex))


@dataclass
class Site:
    """What is the same for all desks: the installation, its keys, a warm sandbox."""

    rules: Rules
    source: bytes
    letters: Letters
    own: Any
    keys: Mapping[str, PrivateKey]
    sandbox: Sandbox


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    made = initialise(folder / "gateway", "gateway.test", SystemChance())
    keys = {}
    for officer in (CLINIC, OTHER, POLICE, HEALTH):
        begins = datetime(2026, 1, 1, tzinfo=UTC)
        key = keyring.new_officer_key(
            officer, "2026", begins, begins + timedelta(days=800), SystemChance(), folder / f"{officer}.key"
        )
        keyring.register(made.keys, key.public)
        keys[officer] = key
    configuration = load(made.config, sql=untried)
    root = made.config / "letters"
    texts = {str(path.relative_to(root)): path.read_text("utf-8") for path in root.rglob("*.txt")}
    with Sandbox(SandboxSettings(workers=1, time=timedelta(seconds=20)), HANDLERS) as sandbox:
        letters = Letters(texts, configuration.rules.working_days.zone)
        yield Site(configuration.rules, configuration.source, letters, made.own, keys, sandbox)


class Post:
    """A way out that keeps what it is given; it can be told to refuse."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.trouble: Exception | None = None

    def send(self, letter: bytes, message_id: str, recipient: str) -> None:
        if self.trouble:
            raise self.trouble
        self.sent.append((recipient, letter))

    def refuse(self, trouble: Temporary | Permanent | None) -> None:
        self.trouble = trouble


@dataclass
class Names:
    """A DNS that knows what it was told."""

    records: dict[str, list[bytes]] = field(default_factory=dict)
    trouble: bool = False

    def txt(self, name: str) -> list[bytes]:
        if self.trouble:
            raise Temporary("the DNS does not answer")
        return self.records.get(name, [])


@dataclass
class Held:
    """What opens foreign containers, as a test says: passwords by department, the rest as the keyring has it."""

    shared: dict[str, list[bytes]] = field(default_factory=dict)
    envelopes: Envelopes = field(default_factory=lambda: Envelopes(Path("/nowhere"), {}))

    def passwords(self, department: str) -> Sequence[bytes]:
        return self.shared.get(department, [])

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        return self.envelopes.identity(handler, had, passwords)

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        return self.envelopes.signer(handler, fingerprint, had)


class Desk:
    """One gateway without channels. `settle` does all that is owed at the clock's instant."""

    def __init__(self, site: Site, database: Path, policies: Mapping[str, Policy] | None = None) -> None:
        self.site, self.clock = site, TurnedClock()
        self.clock.instant = START
        own = site.own
        vault = VaultKeys(own.vault_public, own.recovery_public, own.vault_private)
        self.store = Store.open(
            f"sqlite:///{database}", StoreKeys(vault, own.signing_seed), self.clock, SystemChance(), own.name
        )
        self.mail, self.folder, self.dns = Post(), Post(), Names()
        self._policies, self.secrets = policies or {}, Held()
        self.performer = Performer(self._office(site.rules))
        self.died: list[bool] = []
        self.daemon = Daemon(
            self.performer, self.clock, threads=1, alarm_after=timedelta(hours=4), die=lambda: self.died.append(True)
        )
        self.settle()

    def _office(self, rules: Rules) -> Office:
        own = self.site.own
        means = Means(
            rules, self.site.sandbox, self.dns, own.sealing_private, own.sameness, self._policies,
            standings_from(self.store), sayings_from(self.store, rules), self.secrets,
        )  # fmt: skip
        return Office(
            self.store, rules, self.site.source, self.site.letters, means, {MAIL: self.mail, FOLDER: self.folder},
            self.clock, SystemChance(), own.name, own.signing_seed,
        )  # fmt: skip

    @property
    def office(self) -> Office:
        return self.performer.office

    @property
    def rules(self) -> Rules:
        return self.office.rules

    def configure(self, **changes: Any) -> None:
        """Put other rules in force, under a version of their own."""
        self.performer.office = self._office(replace(self.rules, version=f"v{self.store.latest().size}", **changes))

    def without(self, officer: str) -> None:
        """The officer is no longer configured."""
        department = self.rules.departments[officer.partition(".")[0]]
        others = tuple(one for one in department.officers if one.id != officer)
        self.configure(departments={**self.rules.departments, department.id: replace(department, officers=others)})

    def agree(self, dataflow: str = FLOW, department: str = "bailu_clinic", **changes: Any) -> None:
        """Put other terms of one agreement in force."""
        name = f"{department}/{dataflow}"
        agreed = replace(self.rules.agreements[name], **changes)
        self.configure(agreements={**self.rules.agreements, name: agreed})

    # --- what comes ---

    def address(self, officer: str) -> str:
        found = self.site.rules.officer(officer)
        assert found
        return found.addresses[0]

    def message(self, sender: str, files: Sequence[File] = (), text: str = "见附件。", subject: str = "报表") -> bytes:
        """A mail; `sender` is an officer's id or what stands in From."""
        written_by = sender if "@" in sender else self.address(sender)
        return mail(written_by, self.rules.mailbox, subject, text, self.clock.now(), files)

    def manifest(self, officer: str, **changes: Any) -> dict[str, object]:
        """What the hand-over list of an officer's sealed file says beside its files."""
        told: dict[str, object] = {
            "sender": officer.partition(".")[0], "key": self.site.keys[officer].public.id, "recipient": "lead_office",
            "dataflow": FLOW, "period": MONTH, "sequence": 1, "nil": True,
            "signed": self.clock.now().replace(microsecond=0),
        }  # fmt: skip
        return told | changes

    def sealed(
        self, officer: str, files: Sequence[File] = (), sequence: int = 1, name: str = "密封.sealed", **manifest: Any
    ) -> File:
        """What the officer's sealing program makes; `manifest` changes what its hand-over list says."""
        told = self.manifest(officer, sequence=sequence, nil=not files) | manifest
        parts = [Part(file.name, "text/csv", file.data) for file in files]
        blocks = write(parts, told, [self.site.own.sealing_public], self.site.keys[officer].signing_seed)
        return File(name, b"".join(blocks))

    def arrive(self, data: bytes, officer: str | None = None, channel: str = "smtp", **foreign: str) -> str:
        """Into the vault, as intake does it; `officer` authenticated to the channel. The arrival's id."""
        draft = self.store.begin()
        if waiting := draft.write(data):
            waiting.result()
        envelope = Envelope(cast(Any, channel), channel, self.clock.now(), officer, foreign=foreign)
        return draft.commit(envelope).result()

    def judge(self, data: bytes, officer: str | None = None, channel: str = "smtp", **foreign: str) -> Judged:
        """Let it arrive, do all that is owed, and give the verdict."""
        arrival = self.arrive(data, officer, channel, **foreign)
        self.settle()
        return self.verdict(arrival)

    def settle(self) -> None:
        self.daemon.settle()

    def admit(self, arrival: str, officer: str) -> Judged:
        """An administrator vouches for a quarantined arrival."""
        self.store.append([Admitted(self.clock.now(), arrival, officer, "admin", "blob")]).result()
        self.settle()
        return self.verdict(arrival)

    # --- what is known ---

    def verdict(self, arrival: str) -> Judged:
        with self.store.view() as view:
            known = view.arrival(arrival)
        assert known and known.judged
        judged = codec.decode(self.store.receipt_proof(known.judged).line)
        assert isinstance(judged, Judged)
        return judged

    def submissions(self, arrival: str) -> list[Submission]:
        with self.store.view() as view:
            return list(view.submissions_of(arrival))

    def facts(self, kind: type[Fact]) -> list[Any]:
        return [fact for _, fact in self.store.entries() if isinstance(fact, kind)]

    def letters_to(self, officer: str, kind: str = "") -> list[EmailMessage]:
        """Letters sent to an officer by mail, parsed; of one kind if asked."""
        kinds = {written.letter: written.kind for written in self.facts(Written)}
        parsed = [read(data) for recipient, data in self.mail.sent if recipient == self.address(officer)]
        return [one for one in parsed if not kind or kinds[letter_of(one)] == kind]

    def close(self) -> None:
        self.store.close()


def read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(data, policy=policy.default))


def letter_of(message: EmailMessage) -> str:
    return str(message["Message-ID"]).strip("<>").partition("@")[0]


def body(message: EmailMessage) -> str:
    part = message.get_body()
    assert part
    return str(part.get_content())


def outcomes(judged: Judged) -> list[tuple[str, str | None]]:
    """Verdict and refusal of each submission."""
    return [(one.verdict, one.refusal) for one in judged.submissions]
