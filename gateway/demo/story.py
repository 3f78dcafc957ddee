"""One month in the small county, as its chapters: who sends what and when, and what the gateway makes of it.

Each chapter turns the clock, lets its people act, and lets the gateway work. What is said about it is read from the
journal and the letters afterwards, never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.core.facts import Extended
from gateway.demo import attaching
from gateway.demo.county import MONTH, QUARTER, County, local
from gateway.demo.senders import put

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
        county.send(county.address(officer), county.mail(county.address(officer), "密封报送", [file]))


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
    kept = county.desk["sealed"]
    county.send("someone@elsewhere.example", county.mail("someone@elsewhere.example", "转发", [kept]))


def _sealed_and_kept(county: County) -> None:
    officer = "public_security.reporter"
    book = county.workbook("public_security", "moves", QUARTER)
    file = county.sealed(officer, "moves", QUARTER, 3, [book], len(county.rows("public_security", "moves")))
    county.desk["sealed"] = file
    county.send(county.address(officer), county.mail(county.address(officer), "迁移", [file]))


def _extension(county: County) -> None:
    store = county.gateway.store
    reason = store.keep("系统检修，商定延期三天".encode())
    until = local(2027, 1, 1, 0)
    owed = f"songquan_police/station_births/{MONTH}"
    fact = Extended(county.clock.now(), owed, until, "lead_office.admin", reason.id)
    store.append([fact], [reason]).result()


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
    Chapter(local(2026, 12, 23, 11), "Health sends a workbook with mistakes: it comes back marked", attaching.wrong),
    Chapter(local(2026, 12, 23, 14), "Education: a workbook under the shared password", attaching.under_password),
    Chapter(local(2026, 12, 23, 15), "Health sets the marked workbook right and sends it back", attaching.replaced),
    Chapter(local(2026, 12, 23, 16), "Housing: a mail signed with the officer's certificate", attaching.signed),
    Chapter(local(2026, 12, 24, 9), "Health sends the hospital births a second time", _twice),
    Chapter(local(2026, 12, 24, 10), "A stranger, and a forged sender", _strangers),
    Chapter(local(2026, 12, 24, 11), "Public security: the quarter's moves, sealed", _sealed_and_kept),
    Chapter(local(2026, 12, 24, 14), "Somebody sends the same sealed file again", _replayed),
    Chapter(local(2026, 12, 24, 15), "Songquan police mails the key that seal.html made", attaching.mails_key),
    Chapter(local(2026, 12, 24, 16), "Its forty digits are compared by telephone", attaching.confirms_key),
    Chapter(local(2026, 12, 25, 9), "Bailu civil affairs: two workbooks in a ZIP with names in GBK", attaching.in_zip),
    Chapter(local(2026, 12, 25, 10), "Songquan clinic: a winmail.dat of Outlook; one row is odd", attaching.in_winmail),
    Chapter(local(2026, 12, 25, 11), "Songquan police: two workbooks of Excel 97", attaching.in_old_excel),
    Chapter(local(2026, 12, 25, 14), "Bailu police forwards a colleague's mail", attaching.forwarding),
    Chapter(local(2026, 12, 25, 15), "Songquan clinic replies why the odd row is right", attaching.explains),
    Chapter(local(2026, 12, 26, 9), "Three days before: whoever still owes is reminded, once", _nothing),
    Chapter(local(2026, 12, 26, 11), "The lead office grants Songquan police three more days", _extension),
    Chapter(local(2026, 12, 28, 9), "The last day: reminded again", _nothing),
    Chapter(local(2026, 12, 29, 10), "Public security corrects its births after acceptance", _correction),
    Chapter(local(2026, 12, 30, 9), "A day after: overdue", _nothing),
    Chapter(local(2026, 12, 30, 14), "Songquan civil affairs reports late and in a hurry", attaching.late_and_wide),
    Chapter(local(2026, 12, 30, 15), "It answers 同意: every mistake has but one repair", attaching.agrees),
    Chapter(
        local(2026, 12, 31, 9), "Songquan police reports in time, under its new key", attaching.sealed_with_new_key
    ),
    Chapter(local(2027, 1, 4, 9), "A week after: the heads are told of what is still missing", _nothing),
)
