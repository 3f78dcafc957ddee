"""Puts the parts together: alone in naming concrete objects.

`build` makes a gateway out of a configuration; `Gateway.run` lives until it is told to stop. With a turned clock,
`Gateway.settle` plays what is owed at an instant.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from gateway import keyring, log
from gateway.config.load import Configuration
from gateway.config.mistakes import BadConfiguration
from gateway.config.settings import Settings
from gateway.core.letters import Letters
from gateway.daemon import Daemon
from gateway.intake.folder import FolderIntake
from gateway.intake.imap import ImapIntake
from gateway.intake.smtp import Listener, server_tls
from gateway.intake.smtp_auth import password_check
from gateway.judge.case import Means
from gateway.judge.expecting import expected_from
from gateway.judge.proving import Policy
from gateway.judge.resolver import FileResolver, SystemResolver
from gateway.keyring import GatewayKeys
from gateway.outlet.folder import FolderOutlet
from gateway.outlet.mail import MailOutlet
from gateway.outside import Chance, Clock, Outlet
from gateway.perform.office import FOLDER, MAIL, Office
from gateway.perform.performer import Performer
from gateway.sandbox import Sandbox
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys

HANDLERS = ("sealed", "excel", "csv_text", "mail_message")
SMTP = "smtp"  # the account name of our own listener
_THREADS = 6  # two that judge are kept busy by two sandbox workers; the others wait for relays


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemChance:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


class Intake(Protocol):
    """A channel that runs in a thread of its own."""

    def run(self, stop: threading.Event) -> None: ...


def die() -> None:
    """End the process at once: what is durable is durable, and nothing else may be believed."""
    os._exit(70)


def own_keys(settings: Settings) -> GatewayKeys:
    return keyring.read_gateway(settings.keys, settings.credentials)


def open_store(configuration: Configuration, clock: Clock | None = None, chance: Chance | None = None) -> Store:
    """The state of an installation; made when there is none."""
    settings = configuration.settings
    keys = own_keys(settings)
    vault = VaultKeys(keys.vault_public, keys.recovery_public, keys.vault_private)
    return Store.open(
        settings.database,
        StoreKeys(vault, keys.signing_seed),
        clock or SystemClock(),
        chance or SystemChance(),
        keys.name,
        watermark=settings.disk_watermark,
    )


def open_sandbox(settings: Settings) -> Sandbox:
    return Sandbox(settings.sandbox, HANDLERS)


def letters_of(config: Path, zone: str) -> Letters:
    """The letter templates of a configuration folder."""
    root = config / "letters"
    return Letters({str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in root.rglob("*.txt")}, zone)


@dataclass
class Gateway:
    """A gateway that was put together."""

    configuration: Configuration
    keys: GatewayKeys
    clock: Clock
    chance: Chance
    store: Store
    sandbox: Sandbox
    performer: Performer
    daemon: Daemon
    listener: Listener | None
    intakes: Mapping[str, ImapIntake | FolderIntake]
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _reload: Callable[[], Configuration] | None = None

    def run(self, reload: Callable[[], Configuration]) -> None:
        """Take in, perform, wait; until SIGTERM or SIGINT. SIGHUP reads the configuration anew."""
        from gateway.notify import Notifier

        notifier = Notifier.from_environment()
        self._reload = reload
        self._on_signals()
        self.start()
        scheduler = self._scheduler()
        notifier.ready()
        self.daemon.run(self._stop, notifier.alive)
        notifier.stopping()
        scheduler.shutdown(wait=False)
        self.close()

    def start(self) -> None:
        """Open every channel."""
        self.store.listen(self.daemon.wake)
        if self.listener:
            self.listener.start()
            log.listening("smtp", SMTP, self.listener.port)
        for name, intake in self.intakes.items():
            thread = threading.Thread(target=self._intake, args=(name, intake), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)
            log.listening("imap" if isinstance(intake, ImapIntake) else "folder", name)
        hardening = self.sandbox.hardening
        if hardening.missing:
            log.weak_sandbox(", ".join(hardening.missing))
        version, facts = self.configuration.rules.version, self.store.latest().size
        log.started(version, self.keys.name, facts, "partial" if hardening.missing else "full")

    def settle(self) -> None:
        """Perform all that is owed at the clock's present instant."""
        self.daemon.settle()

    def close(self) -> None:
        """Stop taking in, finish what is under way, let go of the files."""
        self._stop.set()
        if self.listener:
            self.listener.stop()
        for thread in self._threads:
            thread.join(10.0)
        self.sandbox.close()
        facts = self.store.latest().size
        self.store.close()
        log.stopped(facts)

    def reconfigure(self, configuration: Configuration) -> None:
        """Put another configuration version in force: rules, letters and logins; ports and paths need a new start."""
        self.configuration = configuration
        self.performer.office = _office(self, configuration)
        if self.listener:
            self.listener.admit(password_check(configuration.rules.officers()))
        self.daemon.wake()

    def _intake(self, name: str, intake: Intake) -> None:
        try:
            intake.run(self._stop)
        except BaseException as error:
            log.failed(f"intake/{name}", error)
            die()

    def _scheduler(self) -> _Scheduler:
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler: _Scheduler = BackgroundScheduler(timezone=UTC)
        # It only wakes the loop; what is owed at an instant is the loop's own question.
        scheduler.add_job(self.daemon.wake, "interval", seconds=15, max_instances=1, coalesce=True)
        scheduler.start()
        return scheduler

    def _on_signals(self) -> None:
        def stop(number: int, frame: object) -> None:
            log.stopping(signal.Signals(number).name)
            self._stop.set()
            self.daemon.wake()

        def reload(number: int, frame: object) -> None:
            threading.Thread(target=self._read_anew, name="reload", daemon=True).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, reload)

    def _read_anew(self) -> None:
        assert self._reload
        try:
            self.reconfigure(self._reload())
        except BadConfiguration as bad:
            log.configuration_refused(len(bad.mistakes), self.configuration.rules.version)


class _Scheduler(Protocol):
    def add_job(self, job: Callable[[], None], trigger: str, **options: object) -> object: ...
    def start(self) -> None: ...
    def shutdown(self, wait: bool) -> None: ...


def build(
    configuration: Configuration,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    outlets: Mapping[str, Outlet] | None = None,
    end: Callable[[], None] = die,
) -> Gateway:
    """Everything of a gateway, opened and not yet started."""
    settings = configuration.settings
    clock, chance, keys = clock or SystemClock(), chance or SystemChance(), own_keys(settings)
    store = open_store(configuration, clock, chance)
    sandbox = open_sandbox(settings)
    office = _make_office(configuration, keys, store, sandbox, outlets or _outlets(configuration), clock, chance)
    performer = Performer(office)
    daemon = Daemon(performer, clock, threads=_THREADS, alarm_after=settings.alarm_after, die=end)
    return Gateway(
        configuration, keys, clock, chance, store, sandbox, performer, daemon,
        _listener(configuration, store, clock), _intakes(settings, store, clock),
    )  # fmt: skip


def _office(gateway: Gateway, configuration: Configuration) -> Office:
    old = gateway.performer.office
    return _make_office(
        configuration, gateway.keys, gateway.store, gateway.sandbox, old.outlets, gateway.clock, gateway.chance
    )


def _make_office(
    configuration: Configuration,
    keys: GatewayKeys,
    store: Store,
    sandbox: Sandbox,
    outlets: Mapping[str, Outlet],
    clock: Clock,
    chance: Chance,
) -> Office:
    settings, rules = configuration.settings, configuration.rules
    means = Means(
        rules=rules,
        sandbox=sandbox,
        resolver=FileResolver(settings.dns) if settings.dns else SystemResolver(),
        sealing_private=keys.sealing_private,
        sameness_key=keys.sameness,
        policies=_policies(settings),
        expected=expected_from(store, rules),
    )
    return Office(
        store=store,
        rules=rules,
        source=configuration.source,
        letters=letters_of(settings.config, rules.working_days.zone),
        means=means,
        outlets=outlets,
        clock=clock,
        chance=chance,
        key=keys.name,
        signing_seed=keys.signing_seed,
        confirmation_expires=settings.confirmation_expires,
        acknowledge_after=settings.acknowledge_after,
    )


def _policies(settings: Settings) -> Mapping[str, Policy]:
    domains = frozenset(domain.lower() for domain in settings.dkim_domains)
    return {SMTP: Policy(domains)} | {box.name: Policy(domains, box.upstream) for box in settings.imap}


def _outlets(configuration: Configuration) -> Mapping[str, Outlet]:
    """Mail by the relay; where there is none, letters are put into a folder for a person to take on."""
    settings = configuration.settings
    found: dict[str, Outlet] = {FOLDER: FolderOutlet({folder.officer: folder.path for folder in settings.folders})}
    if settings.relay:
        password = _credential(settings, settings.relay.password) if settings.relay.password else None
        found[MAIL] = MailOutlet(settings.relay, configuration.rules.mailbox, password)
    elif settings.letters_folder:
        every = {officer.letters_to: settings.letters_folder for officer in configuration.rules.officers()}
        if configuration.rules.auditor_address:
            every[configuration.rules.auditor_address] = settings.letters_folder
        found[MAIL] = FolderOutlet(every, below="")
    return found


def _credential(settings: Settings, name: str) -> str:
    return (settings.credentials / name).read_text(encoding="utf-8").strip()


def _listener(configuration: Configuration, store: Store, clock: Clock) -> Listener | None:
    smtp = configuration.settings.smtp
    if smtp is None:
        return None
    tls = None
    if smtp.certificate and smtp.private_key:
        tls = server_tls(smtp.certificate, configuration.settings.credentials / smtp.private_key)
    rules = configuration.rules
    check = password_check(rules.officers())
    return Listener(smtp, [rules.mailbox], store, clock, officer_for=check, tls=tls, account=SMTP)


def _intakes(settings: Settings, store: Store, clock: Clock) -> Mapping[str, ImapIntake | FolderIntake]:
    found: dict[str, ImapIntake | FolderIntake] = {}
    for box in settings.imap:
        password = box.password
        found[box.name] = ImapIntake(box, lambda name=password: _credential(settings, name), store, clock)  # type: ignore[misc]
    for folder in settings.folders:
        found[folder.name] = FolderIntake(folder, store, clock)
    return found
