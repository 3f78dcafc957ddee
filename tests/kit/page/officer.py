"""An officer's kit as a test needs it: keys of a gateway, and the data that `seal.html` is made with."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nacl import bindings as sodium

from gateway.keyring.lines import instant_word
from gateway.kit.page import SealPage, seal_page
from gateway.kit.page.shape import DataflowOf, FieldOf, PeriodOf, TitlesOf

PASSPHRASE = "four quiet words here"


def titles(zh: str, en: str) -> TitlesOf:
    return {"zh_CN": zh, "en": en}


def a_field(name: str, zh: str, en: str, *aliases: str, required: bool = True) -> FieldOf:
    return {"name": name, "titles": titles(zh, en), "aliases": list(aliases), "required": required}


def month(period: str, opens: datetime, due: datetime) -> PeriodOf:
    closes = due + timedelta(days=40)
    return {"period": period, "opens": instant_word(opens), "due": instant_word(due), "closes": instant_word(closes)}


def births(now: datetime) -> DataflowOf:
    return {
        "id": "hospital_births",
        "titles": titles("医院出生人口", "Hospital births"),
        "aliases": ["住院分娩"],
        "frequency": "monthly",
        "fields": [
            a_field("certificate", "出生医学证明编号", "Birth certificate", "出生证编号", "出生證明編號"),
            a_field("sex", "性别", "Sex", "性别代码", "性別"),
            a_field("birth_date", "出生日期", "Birth date", "出生年月日"),
            a_field("weight_grams", "出生体重（克）", "Birth weight (g)", required=False),
        ],
        "periods": [
            month("2026-M11", now - timedelta(days=45), now - timedelta(days=15)),
            month("2026-M12", now - timedelta(days=10), now + timedelta(days=6, hours=1)),
        ],
    }


def events() -> DataflowOf:
    return {
        "id": "urgent_events", "titles": titles("及时通报", "Urgent events"), "aliases": [],
        "frequency": "on_occurrence", "fields": [a_field("event", "事项", "Event")], "periods": [],
    }  # fmt: skip


@dataclass
class Officer:
    """One officer of an invented county, and the gateway's own keys, both halves."""

    seed: bytes = bytes(range(32))
    secret: bytes = bytes(range(32, 64))
    language: str = "zh_CN"
    id: str = "health.reporter"
    department: str = "health"
    lead_office: str = "lead_office"
    keys: list[str] = field(default_factory=list)
    older_lines: list[str] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def gateway_line(self) -> str:
        halves = sodium.crypto_sign_seed_keypair(self.seed)[0], sodium.crypto_scalarmult_base(self.secret)
        words = [base64.b64encode(half).decode() for half in halves]
        return f"gateway-public-key gateway.county.example {' '.join(words)}"

    def data(self) -> SealPage:
        return {
            "version": 1,
            "language": self.language,
            "made": "2026-12-01T00:30:00Z",
            "zone": "Asia/Shanghai",
            "officer": {"id": self.id, "name": "李敏", "keys": self.keys},
            "department": {"id": self.department, "titles": titles("清岚县卫生健康局", "Health Bureau of Qinglan")},
            "lead_office": {"id": self.lead_office, "titles": titles("清岚县统计局", "Statistics Bureau of Qinglan")},
            "gateway": {
                "address": "reports@county.example",
                "keys": [self.gateway_line, *self.older_lines],
                "largest": 30_000_000,
                "telephone": "0575-0000000",
            },
            "dataflows": [births(self.now), events()],
            "results": [{"id": "births_compared", "titles": titles("出生核对结果", "Births compared")}],
        }

    def page(self, folder: Path) -> Path:
        """The page as it lies on the officer's disk."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "seal.html"
        path.write_bytes(seal_page(self.data()))
        return path
