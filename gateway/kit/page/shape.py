"""What `seal.html` must be told about its officer: the shape of the data that is put into it.

An example in TOML's spirit; all of it is JSON in the page:

    version = 1
    language = "zh_CN"                       # what the page begins in; it can be switched
    made = "2026-12-01T00:30:00Z"            # when the kit was made
    zone = "Asia/Shanghai"                   # the zone in which instants are shown
    officer = { id = "health.reporter", name = "…", keys = ["health.reporter-2026"] }
    department = { id = "health", titles = { zh_CN = "卫生健康局", en = "Health" } }
    lead_office = { id = "lead_office", titles = … }
    gateway = { address = "reports@county.example", keys = ["gateway-public-key NAME …"], largest = 30000000 }
    dataflows = [{ id = "hospital_births", titles = …, aliases = […], frequency = "monthly",
                   fields = [{ name = "sex", titles = …, aliases = […], required = true }],
                   periods = [{ period = "2026-M12", opens = "…Z", due = "…Z", closes = "…Z" }] }]
    results = [{ id = "births_compared", titles = … }]

Instants are UTC in whole seconds, as `gateway.keyring.lines.instant_word` writes them.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class TitlesOf(TypedDict):
    zh_CN: str
    en: str


class OfficerOf(TypedDict):
    """`keys`: ids of the officer's registered public keys, valid ones only. A new key gets an id that is not among
    them, and of several keys in the browser a registered one is proposed for sealing."""

    id: str
    name: str
    keys: list[str]


class PartyOf(TypedDict):
    """A department, or the lead office: what stands as `sender` and `recipient` in a manifest."""

    id: str
    titles: TitlesOf


class GatewayOf(TypedDict):
    """`address`: the mailbox for reports. `keys`: whole lines of `gateway.pub` (first: what is sealed goes to it) and
    of older ones (they only prove). `largest`: how many bytes a sealed file may have, to go to that mailbox by mail.
    `telephone`: the lead office's, for whoever is asked to call it."""

    address: str
    keys: list[str]
    largest: NotRequired[int]
    telephone: NotRequired[str]


class FieldOf(TypedDict):
    name: str
    titles: TitlesOf
    aliases: list[str]
    required: bool


class PeriodOf(TypedDict):
    """One obligation; all three are instants."""

    period: str
    opens: str
    due: str
    closes: str


class DataflowOf(TypedDict):
    """A report that the officer's department owes. `frequency` as in `core.period`; for `on_occurrence` the page asks
    for a day and `periods` is empty. Periods ascend; over ones may be left out."""

    id: str
    titles: TitlesOf
    aliases: list[str]
    frequency: str
    fields: list[FieldOf]
    periods: list[PeriodOf]


class NamedOf(TypedDict):
    """A result that the department gets: its title is shown when one is opened."""

    id: str
    titles: TitlesOf


class SealPage(TypedDict):
    """Everything; see the example above."""

    version: int
    language: str
    made: str
    zone: str
    officer: OfficerOf
    department: PartyOf
    lead_office: PartyOf
    gateway: GatewayOf
    dataflows: list[DataflowOf]
    results: list[NamedOf]
