"""One month in the small county, as its chapters: who sends what and when, and what the gateway makes of it.

Each chapter turns the clock, lets its people act, and lets the gateway work. What is said about it is read from the
journal and the letters afterwards, never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.core.facts import Extended
from gateway.demo.county import County, local
from gateway.demo.rows import Row, Value
from gateway.demo.senders import File, put

MONTH, QUARTER = "2026-M12", "2026-Q4"
_CODE = re.compile(r"GW-\w{4}-\w{4}-\w{4}")


@dataclass(frozen=True, slots=True)
class Chapter:
    """What happens at one instant; `title` is what the account says of it."""

    at: datetime
    title: str
    act: Callable[[County], None]


def _nothing(county: County) -> None:
    """Nobody sends anything: only the clock goes on."""


def _sealed_workbook(county: County) -> None:
    officer = "public_security.reporter"
    for sequence, flow in enumerate(("registered_births", "registered_deaths"), 1):
        book = county.workbook("public_security", flow, MONTH)
        file = county.sealed(officer, flow, MONTH, sequence, [book], len(county.rows("public_security", flow)))
        county.send(county.address(officer), county.mail(county.address(officer), "封装报送", [file]))


def _logged_in(county: County) -> None:
    officer = "health.reporter"
    book = county.workbook("health", "hospital_births", MONTH)
    message = county.mail(county.address(officer), "医院出生", [book])
    county.send(county.address(officer), message, officer)


def _by_dkim(county: County) -> None:
    """One mail with three workbooks, in the foreign mailbox, signed by the sender's own mail server."""
    flows = ("marriages", "divorces", "cremations")
    books = [county.workbook("civil_affairs", flow, MONTH) for flow in flows]
    message = county.mail("reports@civil-affairs.qinglan.example", "民政局12月报表", books)
    county.deliver(county.signing_domain.sign(message))


def _by_dkim_alone(county: County) -> None:
    book = county.workbook("civil_affairs", "adoptions", QUARTER)
    message = county.mail("reports@civil-affairs.qinglan.example", "收养登记 四季度", [book])
    county.deliver(county.signing_domain.sign(message))


def _unproven(county: County) -> None:
    address = county.address("bailu_clinic.reporter")
    flows = ("clinic_births", "clinic_antenatal", "clinic_vaccinations")
    books = [county.workbook("bailu_clinic", flow, MONTH) for flow in flows]
    county.send(address, county.mail(address, "白鹭卫生院 12月", books))


def _confirms(county: County) -> None:
    address = county.address("bailu_clinic.reporter")
    question = next(letter for letter in county.post_office.to(address) if "确认" in letter.subject)
    code = _CODE.search(question.text)
    assert code
    county.send(address, county.mail(address, "回复：请确认", [], f"是我们发的。确认码 {code[0]}"))


def _folder(county: County) -> None:
    for flow in ("station_births", "station_deaths"):
        put(county.officer_folder, county.csv("bailu_police", flow, MONTH))


def _nil(county: County) -> None:
    """A nil return, as a manifest without files; and one as a workbook that says so."""
    officer = "songquan_clinic.reporter"
    address = county.address(officer)
    nil = county.sealed(officer, "clinic_infant_deaths", MONTH, 1, [])
    county.send(address, county.mail(address, "本期无数据", [nil]))
    book = county.workbook("health", "infant_deaths", MONTH, [])
    health = county.address("health.reporter")
    county.send(health, county.mail(health, "婴儿死亡", [book]), "health.reporter")


def _wrong(county: County) -> None:
    rows = [dict(row) for row in county.rows("health", "vaccinations")]
    wrong = [_spoilt(row, number) for number, row in enumerate(rows)]
    _send_vaccinations(county, wrong)


def _replaced(county: County) -> None:
    _send_vaccinations(county, county.rows("health", "vaccinations"))


def _send_vaccinations(county: County, rows: list[Row]) -> None:
    address = county.address("health.reporter")
    book = county.workbook("health", "vaccinations", MONTH, rows)
    county.send(address, county.mail(address, "接种", [book]), "health.reporter")


def _spoilt(row: dict[str, Value], number: int) -> Row:
    """What clerks get wrong: full-width digits, a word for a code, an empty cell."""
    names = list(row)
    if number == 0:
        whole = next(n for n in names if isinstance(row[n], int))
        row[whole] = "".join(chr(ord(c) + 0xFEE0) for c in str(row[whole]))
    elif number == 1:
        row[next(n for n in names if isinstance(row[n], int))] = -5
    elif number == 2:
        row[names[0]] = "不详"
    return row


def _twice(county: County) -> None:
    """The mail of the logged-in officer once more, byte for byte."""
    _logged_in(county)


def _strangers(county: County) -> None:
    """A stranger; and somebody who writes a signing department's address into From."""
    book = county.workbook("civil_affairs", "marriages", MONTH)
    county.send("someone@elsewhere.example", county.mail("someone@elsewhere.example", "报表", [book]))
    county.deliver(county.mail("reports@civil-affairs.qinglan.example", "民政局更正", [book]))


def _replayed(county: County) -> None:
    """A sealed file that somebody kept, sent again from elsewhere."""
    kept = replace(_KEPT[-1])
    county.send("someone@elsewhere.example", county.mail("someone@elsewhere.example", "转发", [kept]))


_KEPT: list[File] = []


def _sealed_and_kept(county: County) -> None:
    officer = "public_security.reporter"
    book = county.workbook("public_security", "moves", QUARTER)
    file = county.sealed(officer, "moves", QUARTER, 3, [book], len(county.rows("public_security", "moves")))
    _KEPT.append(file)
    county.send(county.address(officer), county.mail(county.address(officer), "迁移", [file]))


def _towns(county: County) -> None:
    """The other offices of the towns, each with its account; one of them two days late."""
    for department, flows in (
        ("bailu_civil_affairs", ("town_couples", "town_deaths")),
        ("songquan_clinic", ("clinic_births", "clinic_antenatal", "clinic_vaccinations")),
        ("songquan_police", ("station_moves", "station_deaths")),
        ("bailu_police", ("station_moves",)),
    ):
        officer = f"{department}.reporter"
        books = [county.workbook(department, flow, MONTH) for flow in flows]
        county.send(county.address(officer), county.mail(county.address(officer), "12月报表", books), officer)


def _late(county: County) -> None:
    officer = "songquan_civil_affairs.reporter"
    book = county.workbook("songquan_civil_affairs", "town_couples", MONTH)
    county.send(county.address(officer), county.mail(county.address(officer), "新婚夫妇", [book]), officer)


def _extension(county: County) -> None:
    store = county.gateway.store
    reason = store.keep("系统检修，商定延期三天".encode())
    until = local(2027, 1, 1, 0)
    owed = f"songquan_police/station_births/{MONTH}"
    fact = Extended(county.clock.now(), owed, until, "lead_office.admin", reason.id)
    store.append([fact], [reason]).result()


def _in_extension(county: County) -> None:
    address = county.address("songquan_police.reporter")
    book = county.workbook("songquan_police", "station_births", MONTH)
    county.send(address, county.mail(address, "派出所出生登记", [book]), "songquan_police.reporter")


def _correction(county: County) -> None:
    officer = "public_security.reporter"
    rows = county.rows("public_security", "registered_births")[:-1]
    book = county.workbook("public_security", "registered_births", MONTH, rows)
    file = county.sealed(officer, "registered_births", MONTH, 4, [book], len(rows))
    county.send(county.address(officer), county.mail(county.address(officer), "出生登记更正", [file]))


STORY = (
    Chapter(local(2026, 12, 1), "The month opens: what is owed is frozen with its instants", _nothing),
    Chapter(local(2026, 12, 22, 9), "Public security seals two workbooks and mails them", _sealed_workbook),
    Chapter(local(2026, 12, 22, 10), "Health logs in and sends a plain workbook", _logged_in),
    Chapter(local(2026, 12, 22, 11), "Civil affairs: one mail with three workbooks, proven by DKIM", _by_dkim),
    Chapter(local(2026, 12, 22, 14), "Civil affairs: the quarter's adoptions, proven by DKIM", _by_dkim_alone),
    Chapter(local(2026, 12, 22, 15), "Bailu clinic writes from a free mailbox: asked first", _unproven),
    Chapter(local(2026, 12, 22, 16), "Bailu clinic gives the one-time code back", _confirms),
    Chapter(local(2026, 12, 23, 9), "Bailu police station: two CSV files in its folder", _folder),
    Chapter(local(2026, 12, 23, 10), "Two nil returns: a sealed one, and a workbook that says so", _nil),
    Chapter(local(2026, 12, 23, 11), "Health sends a workbook with mistakes: explained", _wrong),
    Chapter(local(2026, 12, 23, 15), "Health replaces it", _replaced),
    Chapter(local(2026, 12, 24, 9), "Health sends the hospital births a second time", _twice),
    Chapter(local(2026, 12, 24, 10), "A stranger, and a forged sender", _strangers),
    Chapter(local(2026, 12, 24, 11), "Public security: the quarter's moves, sealed", _sealed_and_kept),
    Chapter(local(2026, 12, 24, 14), "Somebody sends the same sealed file again", _replayed),
    Chapter(local(2026, 12, 25, 9), "The offices of the towns report", _towns),
    Chapter(local(2026, 12, 26, 9), "Three days before: whoever still owes is reminded, once", _nothing),
    Chapter(local(2026, 12, 26, 11), "The lead office grants Songquan police three more days", _extension),
    Chapter(local(2026, 12, 28, 9), "The last day: reminded again", _nothing),
    Chapter(local(2026, 12, 29, 10), "Public security corrects its births after acceptance", _correction),
    Chapter(local(2026, 12, 30, 9), "A day after: overdue", _nothing),
    Chapter(local(2026, 12, 30, 14), "Songquan civil affairs reports late", _late),
    Chapter(local(2026, 12, 31, 9), "Songquan police reports within its extension", _in_extension),
    Chapter(local(2027, 1, 4, 9), "A week after: the heads are told of what is still missing", _nothing),
)
