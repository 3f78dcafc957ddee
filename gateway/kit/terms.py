"""All that a kit is made from: whose it is, for which year, and how the gateway is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config.load import Configuration
from gateway.core.agreement import Obligation
from gateway.core.calendar import local_day
from gateway.core.parties import Department, Language, Officer
from gateway.core.rules import Rules
from gateway.keyring.lines import fingerprint, key_bytes, words
from gateway.keyring.own import GATEWAY_PUBLIC
from gateway.kit.owing import Known, Owing, not_opened, owed_in


@dataclass(frozen=True, slots=True)
class GatewayKey:
    """How the gateway is known: lines of public keys, the current one first, and the current one's fingerprint."""

    lines: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Terms:
    """One officer's kit for one year, made at an instant.

    `signed_domains` are those whose own signature on a mail is believed; `largest`: bytes of a mail that is taken.
    """

    rules: Rules
    officer: Officer
    year: int
    at: datetime
    owing: tuple[Owing, ...]
    key: GatewayKey
    signed_domains: frozenset[str] = frozenset()
    largest: int | None = None

    @property
    def language(self) -> Language:
        return self.officer.language

    @property
    def department(self) -> Department:
        return self.rules.departments[self.officer.department]

    @property
    def lead_office(self) -> Department:
        return self.rules.departments[self.rules.lead_office]

    @property
    def zone(self) -> ZoneInfo:
        """Whose wall clock the letters speak of."""
        return ZoneInfo(self.rules.working_days.zone)

    @property
    def day(self) -> date:
        """The county's day on which it was made."""
        return local_day(self.at, self.rules.working_days.zone)

    @property
    def deadlines(self) -> tuple[tuple[Owing, Obligation], ...]:
        """Every obligation of the year with what it belongs to, earliest due first."""
        every = [(one, obligation) for one in self.owing for obligation in one.obligations]
        return tuple(sorted(every, key=lambda pair: (pair[1].due, pair[1].id)))


def terms_for(
    configuration: Configuration, officer: Officer, at: datetime, year: int | None = None, known: Known = not_opened
) -> Terms:
    """The terms of this officer's kit by a configuration; for the year of the county's present day if none is named.

    Raises `BadLine` or `FileNotFoundError` for the gateway's public keys.
    """
    rules, settings = configuration.rules, configuration.settings
    year = year or local_day(at, rules.working_days.zone).year
    return Terms(
        rules,
        officer,
        year,
        at.replace(microsecond=0),
        owed_in(rules, officer.department, year, known),
        gateway_key(settings.keys),
        frozenset(domain.lower() for domain in settings.dkim_domains),
        settings.smtp.size_limit if settings.smtp else None,
    )


def gateway_key(keys: Path) -> GatewayKey:
    """The gateway's public keys as they lie in a keys folder. Raises `BadLine`, `FileNotFoundError`."""
    paths = [keys / "gateway.pub", *sorted(keys.glob("gateway-*.pub"), reverse=True)]
    found = [words(path.read_text("utf-8"), GATEWAY_PUBLIC, (3,)) for path in paths]
    _, signing, sealing = found[0]
    lines = tuple(" ".join((GATEWAY_PUBLIC, *line)) for line in found)
    return GatewayKey(lines, fingerprint(key_bytes(signing), key_bytes(sealing)))
