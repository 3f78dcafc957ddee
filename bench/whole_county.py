"""The county of `bench.whole`: many departments with one officer and key each, dataflows with ten row rules, and mails.

Every mail is one sealed CSV of fifty rows for an obligation of its own, so that each is a first acceptance.
"""

from __future__ import annotations

import os
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gateway import keyring
from gateway.config.init import initialise
from gateway.core.parties import PublicKey
from gateway.handler import Part
from gateway.keyring import PrivateKey
from handlers.sealed import write

FLOWS_A_ROUND = 5
ROWS = 50
MAILBOX = "report@county.example"
_NUMBERS = [f"n{i}" for i in range(8)]

_RULES = (
    "n0 <= n1", "n1 <= n2", "n2 <= n3", "n3 <= n4", "n4 <= n5", "n5 <= n6", "n6 <= n7", "n0 + n1 <= 200",
    "n7 >= 0 OR n0 = 0", "born <= told",
)  # fmt: skip


class Chance:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


@dataclass(frozen=True)
class County:
    """A working installation, the officers' keys, and the gateway's own public half."""

    config: Path
    rounds: int
    keys: dict[str, PrivateKey] = field(repr=False)
    gateway: PublicKey

    @classmethod
    def found(cls, folder: Path, departments: int, rounds: int) -> County:
        """Write the configuration and draw the keys. There are dataflows for so many rounds of mails."""
        made = initialise(folder, "gateway.county.example", Chance(), "minimal")
        names = [f"d{i:03}" for i in range(departments)]
        # One more department reports nothing, so that nothing is ever complete and joined meanwhile.
        _configure(made.config, [*names, "silent"], [_flow(i) for i in range(rounds * FLOWS_A_ROUND)])
        keys, start = {}, datetime.now(UTC) - timedelta(days=30)
        for name in names:
            key = keyring.new_officer_key(
                f"{name}.reporter", "2026", start, start + timedelta(days=700), Chance(), folder / f"{name}.key"
            )
            keyring.register(made.keys, key.public)
            keys[name] = key
        own = made.own
        public = PublicKey("gateway", "", own.verifying[0], own.sealing_public, start, start)
        return cls(made.config, rounds, keys, public)

    def mails(self, number: int, period: str) -> list[bytes]:
        """The mails of one round: one for each department and each of the round's dataflows."""
        now = datetime.now(UTC).replace(microsecond=0)
        flows = [_flow(i) for i in range(number * FLOWS_A_ROUND, (number + 1) * FLOWS_A_ROUND)]
        return [
            _mail(name, flow, _sealed(name, flow, period, key, self.gateway, now))
            for flow in flows
            for name, key in self.keys.items()
        ]


def _flow(number: int) -> str:
    return f"flow{number:02}"


def _configure(config: Path, departments: Sequence[str], flows: Sequence[str]) -> None:
    for old in (*(config / "departments").glob("*.toml"), config / "entitlements.toml"):
        old.unlink()
    (config / "entitlements.toml").write_text("")
    (config / "county.toml").write_text(f'lead_office = "lead_office"\nmailbox = "{MAILBOX}"\nzone = "Asia/Shanghai"\n')
    for name in ("lead_office", *departments):
        (config / "departments" / f"{name}.toml").write_text(_department(name))
    for flow in flows:
        (config / "dataflows" / f"{flow}.toml").write_text(_dataflow(flow))
    (config / "agreements.toml").write_text(_agreements(departments, flows))
    (config / "gateway.toml").write_text(_SETTINGS)


def _sealed(name: str, flow: str, period: str, key: PrivateKey, gateway: PublicKey, now: datetime) -> bytes:
    manifest: dict[str, object] = {
        "sender": name, "key": key.public.id, "recipient": "lead_office", "dataflow": flow, "period": period,
        "sequence": 1, "nil": False, "signed": now, "rows": {"report.csv": ROWS},
    }  # fmt: skip
    parts = [Part("report.csv", "text/csv", _csv(name, flow))]
    return b"".join(write(parts, manifest, [gateway.sealing], key.signing_seed))


def _csv(name: str, flow: str) -> bytes:
    lines = [",".join(["code", "born", "told", "place", *_NUMBERS])]
    day = date(2026, 1, 5)
    for i in range(ROWS):
        numbers = ",".join(str(i + j) for j in range(8))
        lines.append(f"{name}{flow}{i:03},{day},{day + timedelta(days=i % 20)},village {i % 7},{numbers}")
    return "\n".join(lines).encode()


def _mail(name: str, flow: str, sealed: bytes) -> bytes:
    body = encodebytes(sealed).replace(b"\n", b"\r\n")
    head = (
        f"From: {name}@county.example\r\nTo: {MAILBOX}\r\nSubject: {flow}\r\n"
        f"Message-ID: <{name}.{flow}@county.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=report.sealed\r\n"
        "Content-Disposition: attachment; filename=report.sealed\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + body


def _department(name: str) -> str:
    return (
        f'title = {{ zh_CN = "{name}", en = "{name}" }}\n\n[[officers]]\nid = "{name}.reporter"\nname = "示例"\n'
        f'role = "reporter"\naddresses = ["{name}@county.example"]\n'
    )


def _dataflow(flow: str) -> str:
    fields = "".join(_field(n, "integer") for n in _NUMBERS)
    rules = "".join(
        f'\n[[rules]]\nname = "rule_{i}"\ncolumns = {_columns(sql)}\nsql = "{sql}"\nseverity = "error"\n'
        f'sentence = {{ zh_CN = "第{i}条", en = "rule {i}" }}\n'
        for i, sql in enumerate(_RULES)
    )
    return (
        f'title = {{ zh_CN = "{flow}", en = "{flow}" }}\n'
        'legal_basis = "示例"\npurpose = "示例"\nprimaryKey = ["code"]\n'
        + _field("code", "string") + _field("born", "date") + _field("told", "date") + _field("place", "string")
        + fields + rules
    )  # fmt: skip


def _columns(sql: str) -> str:
    words = dict.fromkeys(w for w in sql.replace("(", " ").split() if w in {*_NUMBERS, "born", "told"})
    return "[" + ", ".join(f'"{w}"' for w in words) + "]"


def _field(name: str, kind: str) -> str:
    title = f'title = {{ zh_CN = "{name}", en = "{name}" }}'
    return f'\n[[fields]]\nname = "{name}"\ntype = "{kind}"\n{title}\nconstraints = {{ required = true }}\n'


def _agreements(departments: Sequence[str], flows: Sequence[str]) -> str:
    quoted = [", ".join(f'"{n}"' for n in names) for names in (departments, flows)]
    return (
        '[defaults]\nproofs = ["seal"]\nmust_be_sealed = true\nvalid_from = 2026-01-01\n\n'
        f'[[agreements]]\ndepartments = [{quoted[0]}]\ndataflows = [{quoted[1]}]\ntimetable = "yearly"\n'
    )


_SETTINGS = """database = "../state/gateway.db"
keys = "../keys"
credentials = "../credentials"
log_level = "warning"

[smtp]
port = 0

[relay]
enabled = false

[letters]
copies = "../letters"
"""
