"""Puts the parts together: alone in naming concrete objects. `build` makes a gateway out of a configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway import keyring
from gateway.config.load import Configuration
from gateway.config.settings import Settings
from gateway.core.duty import Judge
from gateway.core.letters import Letters
from gateway.daemon import Daemon
from gateway.intake.folder import FolderIntake
from gateway.intake.imap import ImapIntake
from gateway.intake.smtp import Listener, server_tls
from gateway.intake.smtp_auth import password_check
from gateway.judge.case import Means
from gateway.judge.examiners import Examiners, Workplace
from gateway.judge.expecting import standings_from
from gateway.judge.explanation_given import sayings_from
from gateway.judge.formats import HANDLERS
from gateway.judge.proving import Policy
from gateway.judge.resolver import FileResolver, SystemResolver
from gateway.keyring import Envelopes, GatewayKeys, Secrets
from gateway.outlet.folder import FolderOutlet
from gateway.outlet.mail import MailOutlet
from gateway.outside import Chance, Clock, Outlet
from gateway.perform.office import FOLDER, MAIL, Office
from gateway.perform.performer import Performer
from gateway.perform.together import LANES
from gateway.running import Gateway
from gateway.sandbox import Sandbox
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys

SMTP = "smtp"  # the account name of our own listener
_THREADS = 8


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemChance:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


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


def secrets_of(configuration: Configuration) -> Secrets:
    """What opens foreign containers. Raises `BadKeys`."""
    rules = configuration.rules
    return keyring.read_secrets(Envelopes(configuration.settings.credentials, rules.certificates), rules.departments)


def open_sandbox(settings: Settings) -> Sandbox:
    return Sandbox(settings.sandbox, HANDLERS)


def letters_of(config: Path, zone: str) -> Letters:
    """The letter templates of a configuration folder."""
    root = config / "letters"
    return Letters({str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in root.rglob("*.txt")}, zone)


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
    ways_out = outlets or _outlets(configuration)

    examiners = _examiners(settings)

    def office_for(version: Configuration) -> Office:
        return _office(version, keys, store, sandbox, examiners, ways_out, clock, chance)

    performer = Performer(office_for(configuration))

    daemon = Daemon(performer, clock, threads=_THREADS, lanes=LANES, alarm_after=settings.alarm_after, die=end)
    return Gateway(
        configuration, keys, clock, chance, store, sandbox, examiners, performer, daemon,
        _listener(configuration, store, clock), _intakes(settings, store, clock), office_for, end,
    )  # fmt: skip


def _office(
    configuration: Configuration,
    keys: GatewayKeys,
    store: Store,
    sandbox: Sandbox,
    examiners: Examiners,
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
        standings=standings_from(store),
        secrets=secrets_of(configuration),
        said=sayings_from(store, rules),
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
        unproven_kept=settings.unproven_kept,
        examiners=examiners,
    )


def _examiners(settings: Settings) -> Examiners:
    """One for each processor: while its sandbox worker works, an examiner waits."""
    count = min(LANES[Judge], len(os.sched_getaffinity(0)))
    box = settings.sandbox
    return Examiners(Workplace(HANDLERS, box.memory, box.time, box.output, box.hardening), count)


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
