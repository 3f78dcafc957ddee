"""The small county at work: a gateway of its own, its clerks with keys and passwords, its post office, its mail server.

Everything is real but the clock, which is turned: the daemon's code, SMTP on loopback, IMAP from Dovecot, keys drawn
for this run. The story in `story` and the tests' stories live here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from gateway import keyring
from gateway.config.init import initialise
from gateway.config.load import load
from gateway.core.period import Period
from gateway.demo.dovecot import Dovecot, make_certificate
from gateway.demo.month import Account, happened
from gateway.demo.people import People
from gateway.demo.post_office import PostOffice
from gateway.demo.reports import csv_file, workbook
from gateway.demo.rows import Row, rows
from gateway.demo.senders import XLSX, File, SigningDomain, mail, submit
from gateway.handler import Part
from gateway.intake.imap import ImapIntake
from gateway.keyring import PrivateKey
from gateway.running import Gateway
from gateway.wiring import SystemChance, build

ZONE = ZoneInfo("Asia/Shanghai")
MAILBOX_USER, MAILBOX_PASSWORD = "reports", "an invented password"
SIGNING_DOMAIN = "civil-affairs.qinglan.example"
FOLDER_OFFICER = "bailu_police.reporter"
WITH_KEYS = (
    "public_security.reporter", "health.reporter", "civil_affairs.reporter", "statistics.reporter",
    "bailu_clinic.reporter", "songquan_clinic.reporter",
)  # fmt: skip
WITH_PASSWORDS = (
    "health.reporter", "bailu_civil_affairs.reporter", "songquan_civil_affairs.reporter", "songquan_clinic.reporter",
    "bailu_police.reporter", "songquan_police.reporter",
)  # fmt: skip
PASSWORD = "correct horse battery staple"  # noqa: S105 - every clerk of the demo has it


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
    keys: Mapping[str, PrivateKey]
    account: Account
    people: People
    signing_domain: SigningDomain
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
        build_options: Mapping[str, Any] | None = None,
    ) -> County:
        """A new installation in the folder, its neighbours running, its clerks equipped, its listener open."""
        clock = TurnedClock(start)
        post_office = PostOffice(folder / "letters").__enter__()
        dovecot = Dovecot({MAILBOX_USER: MAILBOX_PASSWORD}) if with_imap else None
        signing = SigningDomain.make(SIGNING_DOMAIN)
        config, keys = _install(folder, post_office.port, dovecot, signing, start)
        configuration = load(config)
        gateway = build(configuration, clock=clock, **(build_options or {}))
        people = People(seed, _villages(configuration.rules.codelists["divisions"].codes))
        # What is due on the 28th tells of the weeks up to the reporting days; the rest comes with the next month.
        first = start.astimezone(ZONE).date().replace(day=1) - timedelta(days=10)
        account = happened(people, first, first + timedelta(days=30), births)
        county = cls(folder, clock, post_office, dovecot, gateway, keys, account, people, signing)
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
        submit(listener.port, sender, rules.mailbox, message, login, self.folder / "gateway" / "config" / "smtp.pem")

    def deliver(self, message: bytes) -> None:
        """Into the foreign mailbox, as its own server would."""
        assert self.dovecot
        self.dovecot.deliver(MAILBOX_USER, [message], had=self.clock.now())

    @property
    def officer_folder(self) -> Path:
        return self.folder / "shared" / "bailu_police"


def _villages(codes: Sequence[Any]) -> list[str]:
    return [code.code for code in codes if len(code.code) == 12]


def _install(
    folder: Path, relay: int, dovecot: Dovecot | None, signing: SigningDomain, start: datetime
) -> tuple[Path, Mapping[str, PrivateKey]]:
    chance = SystemChance()
    day = start.astimezone(ZONE).date()
    made = initialise(folder / "gateway", "gateway.qinglan.example", chance, owed_from=day)
    shared = folder / "shared" / "bailu_police"
    shared.mkdir(parents=True)
    make_certificate(made.config / "smtp.pem", made.credentials / "smtp.key")
    (made.config / "dns.toml").write_text(f'"{signing.selector}._domainkey.{signing.domain}" = ["{signing.record}"]\n')
    (made.config / "gateway.toml").write_text(_gateway_toml(relay, shared, dovecot, made.config), encoding="utf-8")
    if dovecot:
        credential = made.credentials / "imap.password"
        credential.write_text(MAILBOX_PASSWORD)
        credential.chmod(0o600)
    for officer in WITH_PASSWORDS:
        keyring.set_password(made.keys, officer, PASSWORD)
    return made.config, _equip(folder / "officers", made.keys, start.date())


def _equip(private: Path, public: Path, day: date) -> Mapping[str, PrivateKey]:
    private.mkdir(mode=0o700)
    begins = datetime(day.year, 1, 1, tzinfo=UTC)
    keys = {}
    for officer in WITH_KEYS:
        key = keyring.new_officer_key(
            officer, str(day.year), begins, begins + timedelta(days=800), SystemChance(), private / f"{officer}.key"
        )
        keyring.register(public, key.public)
        keys[officer] = key
    return keys


def _gateway_toml(relay: int, shared: Path, dovecot: Dovecot | None, config: Path) -> str:
    imap = ""
    if dovecot:
        (config / "imap.pem").write_bytes(dovecot.authority.read_bytes())
        imap = f"""
[[imap]]
name = "province"
host = "localhost"
port = {dovecot.tls_port}
security = "tls"
user = "{MAILBOX_USER}"
password = "imap.password"
certificate_authority = "imap.pem"
"""
    return f"""database = "../state/gateway.db"
keys = "../keys"
credentials = "../credentials"
dns = "dns.toml"

[smtp]
port = 0
certificate = "smtp.pem"
private_key = "smtp.key"

[relay]
host = "127.0.0.1"
port = {relay}

[proof]
dkim_domains = ["{SIGNING_DOMAIN}"]

[[folders]]
name = "bailu_police"
path = "{shared}"
officer = "{FOLDER_OFFICER}"
{imap}"""
