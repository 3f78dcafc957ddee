"""How the small county is set up: an installation by `gateway init`, its clerks' keys, passwords and agreements.

One agreement differs from the shipped ones, since a shared password counts for something only where it was agreed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway import keyring
from gateway.config.init import Installation, initialise
from gateway.core.parties import Certificate
from gateway.demo.dovecot import Dovecot, make_certificate
from gateway.demo.senders import SigningDomain
from gateway.demo.wrapping import Signer
from gateway.keyring import PrivateKey
from gateway.wiring import SystemChance

ZONE = ZoneInfo("Asia/Shanghai")
MAILBOX_USER, MAILBOX_PASSWORD = "reports", "an invented password"
SIGNING_DOMAIN = "civil-affairs.qinglan.example"
FOLDER_OFFICER = "bailu_police.reporter"
SIGNING_OFFICER = "housing.reporter"
WITH_KEYS = (
    "public_security.reporter", "health.reporter", "civil_affairs.reporter", "statistics.reporter",
    "bailu_clinic.reporter", "songquan_clinic.reporter",
)  # fmt: skip
WITH_PASSWORDS = (
    "health.reporter", "bailu_civil_affairs.reporter", "songquan_civil_affairs.reporter", "songquan_clinic.reporter",
    "bailu_police.reporter", "songquan_police.reporter",
)  # fmt: skip
PASSWORD = "correct horse battery staple"  # noqa: S105 - every clerk of the demo has it
SHARED_PASSWORD = "教育-冬-2026"  # noqa: S105 - the education bureau's, for its workbooks
_PUPILS = 'dataflows = ["pupils"]\n'
_AGREED = """proofs = ["seal", "submission", "password"]
must_be_sealed = true
protections = ["sealed", "office_password"]
"""


def install(
    folder: Path, relay: int, dovecot: Dovecot | None, signing: SigningDomain, signer: Signer, start: datetime
) -> tuple[Path, dict[str, PrivateKey]]:
    """The configuration's folder, and officers' keys by officer."""
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
    _agree_on_password(made)
    _register(made, signer, start.date())
    return made.config, _equip(folder / "officers", made.keys, start.date())


def _agree_on_password(made: Installation) -> None:
    """The education bureau may send its report as a workbook under the password that it shares with the lead office."""
    file = made.config / "agreements.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(_PUPILS) == 1
    file.write_text(text.replace(_PUPILS, _PUPILS + _AGREED), encoding="utf-8")
    shared = made.credentials / "passwords" / "education"
    shared.parent.mkdir(mode=0o700)
    shared.write_text(SHARED_PASSWORD, encoding="utf-8")
    shared.chmod(0o600)


def _register(made: Installation, signer: Signer, day: date) -> None:
    """The housing bureau's officer signs mail; the certificate was compared by telephone, as `key certificate` asks."""
    begins = _new_year(day)
    ends = begins + timedelta(days=800)
    name = f"{SIGNING_OFFICER}-smime"
    one = Certificate(name, SIGNING_OFFICER, "smime", signer.fingerprint, begins, ends, signer.pem)
    keyring.register_certificate(made.keys, one)


def _new_year(day: date) -> datetime:
    return datetime(day.year, 1, 1, tzinfo=UTC)


def _equip(private: Path, public: Path, day: date) -> dict[str, PrivateKey]:
    private.mkdir(mode=0o700)
    begins = _new_year(day)
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
