"""The small county at work: a gateway of its own, its clerks with keys and passwords, its post office, its mail server.

Everything is real but the clock, which is turned: the daemon's code, SMTP on loopback, IMAP from Dovecot, keys drawn
for this run. The story in `story` and the tests' stories live here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from gateway.config.load import load
from gateway.core.period import Period
from gateway.demo.dovecot import Dovecot
from gateway.demo.founding import MAILBOX_PASSWORD, MAILBOX_USER, PASSWORD, SIGNING_DOMAIN, ZONE, install
from gateway.demo.month import Account, happened
from gateway.demo.people import People
from gateway.demo.post_office import PostOffice, filed
from gateway.demo.reports import csv_file, old_workbook_of, workbook
from gateway.demo.rows import Row, rows
from gateway.demo.senders import XLSX, File, SigningDomain, mail, submit
from gateway.demo.wrapping import Signer
from gateway.handler import Part
from gateway.intake.imap import ImapIntake
from gateway.keyring import PrivateKey
from gateway.running import Gateway
from gateway.wiring import build

MONTH, QUARTER, HALF_YEAR = "2026-M12", "2026-Q4", "2026-S2"


@dataclass
class TurnedClock:
    """Shows what it was turned to."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


def local(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """An instant on the county's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


@dataclass
class County:
    """Set up with `County.founded`; use it as a context."""

    folder: Path
    clock: TurnedClock
    post_office: PostOffice
    dovecot: Dovecot | None
    gateway: Gateway
    keys: dict[str, PrivateKey]
    account: Account
    people: People
    signing_domain: SigningDomain
    signer: Signer
    sent: Path | None = None
    """Where a copy of each mail is put that somebody sends, if it is to be looked at."""
    desk: dict[str, Any] = field(default_factory=dict)
    """What its people keep at hand for later chapters."""
    _mails: int = field(default=0)

    @classmethod
    def founded(
        cls,
        folder: Path,
        start: datetime,
        *,
        seed: int = 2026,
        births: int = 24,
        with_imap: bool = True,
        sent: Path | None = None,
        build_options: Mapping[str, Any] | None = None,
    ) -> County:
        """A new installation in the folder, its neighbours running, its clerks equipped, its listener open."""
        clock = TurnedClock(start)
        post_office = PostOffice(folder / "letters").__enter__()
        dovecot = Dovecot({MAILBOX_USER: MAILBOX_PASSWORD}) if with_imap else None
        signing = SigningDomain.make(SIGNING_DOMAIN)
        signer = Signer.make("housing.reporter", start - timedelta(days=300), start + timedelta(days=700))
        config, keys = install(folder, post_office.port, dovecot, signing, signer, start)
        configuration = load(config)
        gateway = build(configuration, clock=clock, **(build_options or {}))
        people = People(seed, _villages(configuration.rules.codelists["divisions"].codes))
        # What is due on the 28th tells of the weeks up to the reporting days; the rest comes with the next month.
        first = start.astimezone(ZONE).date().replace(day=1) - timedelta(days=10)
        account = happened(people, first, first + timedelta(days=30), births)
        county = cls(folder, clock, post_office, dovecot, gateway, keys, account, people, signing, signer, sent)
        assert gateway.listener
        gateway.listener.start()
        return county

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.gateway.close()
        self.post_office.__exit__()
        if self.dovecot:
            self.dovecot.close()

    # --- time ---

    def turn_to(self, instant: datetime) -> None:
        """Turn the clock and let everything happen that is owed by then."""
        self.clock.instant = instant
        self.work()

    def work(self) -> None:
        """Take in from every channel, and do what is owed, until nothing is left."""
        for intake in self.gateway.intakes.values():
            if isinstance(intake, ImapIntake):
                intake.poll()
                continue
            intake.scan()  # a file counts only once it was seen unchanged for two seconds
            self.clock.instant += timedelta(seconds=3)
            intake.scan()
        self.gateway.settle()

    # --- reports ---

    def rows(self, department: str, dataflow: str) -> list[Row]:
        division = self.gateway.configuration.rules.departments[department].division or ""
        return rows(self.account, dataflow, division, self.people)

    def workbook(self, department: str, dataflow: str, period: str, data: Sequence[Row] | None = None) -> File:
        """A department's workbook for a dataflow and period, as its clerk names it."""
        rules = self.gateway.configuration.rules
        flow = rules.dataflows[dataflow]
        found = self.rows(department, dataflow) if data is None else data
        content = workbook(flow, found, Period.parse(period), rules.departments[department])
        return File(f"{flow.titles.zh_CN}{period}.xlsx", content)

    def csv(self, department: str, dataflow: str, period: str) -> File:
        flow = self.gateway.configuration.rules.dataflows[dataflow]
        content = csv_file(flow, self.rows(department, dataflow), "gb18030")
        return File(f"{flow.titles.zh_CN}{period}.csv", content)

    def old_workbook(self, department: str, dataflow: str, period: str) -> File:
        rules = self.gateway.configuration.rules
        flow = rules.dataflows[dataflow]
        data = self.rows(department, dataflow)
        content = old_workbook_of(flow, data, Period.parse(period), rules.departments[department])
        return File(f"{flow.titles.zh_CN}{period}.xls", content)

    def sealed(
        self, officer: str, dataflow: str, period: str, sequence: int, files: Sequence[File], count: int | None = None
    ) -> File:
        """What an officer's sealing program makes of files; none for a nil return."""
        from handlers.sealed import write

        key = self.keys[officer]
        rules = self.gateway.configuration.rules
        manifest: dict[str, object] = {
            "sender": officer.partition(".")[0],
            "key": key.public.id,
            "recipient": rules.lead_office,
            "dataflow": dataflow,
            "period": period,
            "sequence": sequence,
            "nil": not files,
            "signed": self.clock.now().astimezone(UTC).replace(microsecond=0),
        }
        if count is not None:
            manifest["rows"] = {file.name: count for file in files}
        parts = [Part(file.name, XLSX, file.data) for file in files]
        content = b"".join(write(parts, manifest, [self.gateway.keys.sealing_public], key.signing_seed))
        return File(f"{dataflow}-{period}.sealed", content)

    # --- channels ---

    def address(self, officer: str) -> str:
        found = self.gateway.configuration.rules.officer(officer)
        assert found
        return found.addresses[0]

    def mail(self, sender: str, subject: str, files: Sequence[File], text: str = "见附件。") -> bytes:
        """A mail from this address to the gateway's mailbox, now."""
        self._mails += 1
        mailbox = self.gateway.configuration.rules.mailbox
        return mail(sender, mailbox, subject, text, self.clock.now(), files, self._mails)

    def send(self, sender: str, message: bytes, officer: str | None = None) -> None:
        """Over SMTP to the gateway's own listener; as this officer, logged in over STARTTLS."""
        listener, rules = self.gateway.listener, self.gateway.configuration.rules
        assert listener
        login = (officer, PASSWORD) if officer else None
        self._keep(sender, message)
        submit(listener.port, sender, rules.mailbox, message, login, self.folder / "gateway" / "config" / "smtp.pem")

    def deliver(self, message: bytes) -> None:
        """Into the foreign mailbox, as its own server would."""
        assert self.dovecot
        self._keep("", message)
        self.dovecot.deliver(MAILBOX_USER, [message], had=self.clock.now())

    def _keep(self, sender: str, message: bytes) -> None:
        if self.sent:
            filed(self.sent, message, sender)

    @property
    def officer_folder(self) -> Path:
        return self.folder / "shared" / "bailu_police"


def _villages(codes: Sequence[Any]) -> list[str]:
    return [code.code for code in codes if len(code.code) == 12]
