"""Chapters of the month in which a plain workbook would not do: what else clerks attach, and what they answer."""

from __future__ import annotations

from gateway import keyring
from gateway.config.load import load
from gateway.core.facts import KeyConfirmed
from gateway.demo.county import HALF_YEAR, MONTH, County, local
from gateway.demo.founding import SHARED_PASSWORD
from gateway.demo.post_office import Delivered
from gateway.demo.rows import Value
from gateway.demo.senders import File
from gateway.demo.wrapping import forwarded, locked, mended, winmail, zipped
from gateway.keyring import PrivateKey, fingerprint, public_line
from gateway.wiring import SystemChance

_POLICE = "songquan_police.reporter"


def under_password(county: County) -> None:
    """From an address that proves nothing; that the shared password opens the workbook does."""
    address = county.address("education.reporter")
    book = locked(county.workbook("education", "pupils", HALF_YEAR), SHARED_PASSWORD)
    county.send(address, county.mail(address, "下半年在校学生，密码照旧", [book]))


def signed(county: County) -> None:
    address = county.address("housing.reporter")
    book = county.workbook("housing", "dwellings", HALF_YEAR)
    county.send(address, county.signer.sign(county.mail(address, "房屋登记", [book])))


def in_zip(county: County) -> None:
    _send(county, "bailu_civil_affairs", [zipped("12月报表.zip", _books(county, "bailu_civil_affairs"))])


def in_winmail(county: County) -> None:
    """Right as it is, and odd: in one village nobody was registered this month, and one woman is at high risk."""
    department, flow = "songquan_clinic", "clinic_antenatal"
    rows = [dict(row) for row in county.rows(department, flow)]
    rows[_ODD - _FIRST_LINE] |= {"registered": 0, "visits": 3, "high_risk": 1}
    odd = county.workbook(department, flow, MONTH, rows)
    books = [odd if book.name == odd.name else book for book in _books(county, department)]
    _send(county, department, [winmail(books)])


_ODD = 6  # the row of the sheet that is asked about


def in_old_excel(county: County) -> None:
    flows = _REPORTS["songquan_police"]
    _send(county, "songquan_police", [county.old_workbook("songquan_police", flow, MONTH) for flow in flows])


def forwarding(county: County) -> None:
    """A colleague without an account wrote it; that the officer logged in and sends it on is the proof."""
    officer = "bailu_police.reporter"
    inner = county.mail("constable@bailu.qinglan.example", "12月迁移", _books(county, "bailu_police"))
    outer = county.mail(county.address(officer), "转发：12月迁移", [], "请查收。")
    county.send(county.address(officer), forwarded(outer, inner), officer)


_REPORTS = {
    "bailu_civil_affairs": ("town_couples", "town_deaths"),
    "songquan_clinic": ("clinic_births", "clinic_antenatal", "clinic_vaccinations"),
    "songquan_police": ("station_moves", "station_deaths"),
    "bailu_police": ("station_moves",),
}


def _books(county: County, department: str) -> list[File]:
    return [county.workbook(department, flow, MONTH) for flow in _REPORTS[department]]


def _send(county: County, department: str, files: list[File]) -> None:
    """Logged in, as every town office is."""
    officer = f"{department}.reporter"
    county.send(county.address(officer), county.mail(county.address(officer), "12月报表", files), officer)


# --- a workbook with mistakes, and the same one with its places marked ---

_FIRST_LINE = 4  # of the rows, below title, department and header


def wrong(county: County) -> None:
    """What clerks get wrong: full-width digits, a number that cannot be, a word for a code."""
    rows = [dict(row) for row in county.rows("health", "vaccinations")]
    county.desk["right"] = [rows[line][name] for line, name in enumerate(_WRONG)]
    for line, name in enumerate(_WRONG):
        rows[line][name] = (_wide(rows[line][name]), -5, "不详")[line]
    _health_sends(county, county.workbook("health", "vaccinations", MONTH, rows))


_WRONG = ("boys", "boys", "village")
"""The column of each mistake, row by row."""


def replaced(county: County) -> None:
    """The marked workbook itself, its three cells set right, as the letter asks."""
    answer = _letter(county, "health.reporter", "【请更正】")
    [(name, marked)] = [(name, data) for name, data in answer.files().items() if name.endswith(".xlsx")]
    columns = list(county.gateway.configuration.rules.dataflows["vaccinations"].by_name)
    places = (f"{chr(65 + columns.index(name))}{line}" for line, name in enumerate(_WRONG, _FIRST_LINE))
    _health_sends(county, File(name, mended(marked, dict(zip(places, county.desk["right"], strict=True)))))


def _health_sends(county: County, book: File) -> None:
    address = county.address("health.reporter")
    county.send(address, county.mail(address, "接种", [book]), "health.reporter")


def _wide(value: Value) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(value))


def _letter(county: County, officer: str, kind: str) -> Delivered:
    """The last letter of this kind to an officer."""
    return [one for one in county.post_office.to(county.address(officer)) if one.subject.startswith(kind)][-1]


# --- answered by one word, or by one line ---


def late_and_wide(county: County) -> None:
    """Late and in a hurry: an id in full-width digits, villages by their names."""
    department, flow = "songquan_civil_affairs", "town_couples"
    codes = county.gateway.configuration.rules.codelists["divisions"].codes
    names = {code.code: code.titles.zh_CN for code in codes}
    rows = [{**row, "village": names[str(row["village"])]} for row in county.rows(department, flow)]
    rows[0]["wife_id_number"] = _wide(rows[0]["wife_id_number"])
    _send(county, department, [county.workbook(department, flow, MONTH, rows)])


def agrees(county: County) -> None:
    """One word above the quoted letter."""
    _replies(county, "songquan_civil_affairs.reporter", "【请更正】", "同意")


def explains(county: County) -> None:
    """One line above the quoted letter: the row, and why it is right."""
    said = f"{_ODD}：该孕妇10月已在县人民医院建册，12月转回本村随访，情况属实"
    _replies(county, "songquan_clinic.reporter", "【已接收】卫生院", said)


def _replies(county: County, officer: str, kind: str, text: str) -> None:
    """As any mail program replies to the last letter of this kind."""
    letter = _letter(county, officer, kind)
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    address = county.address(officer)
    county.send(address, county.mail(address, f"回复：{letter.subject}", [], f"{text}\n\n{quoted}"), officer)


# --- a key that begins in seal.html ---


def mails_key(county: County) -> None:
    """The mail that the page begins: the public key stands in its text."""
    key = _drawn(county, _POLICE)
    address = county.address(_POLICE)
    text = f"请登记我的公钥。指纹请电话核对。\n\n{public_line(key.public)}\n"
    county.send(address, county.mail(address, f"登记公钥 {key.public.id}", [], text), _POLICE)


def _drawn(county: County, officer: str) -> PrivateKey:
    """Made on the officer's own machine; the private half never leaves it."""
    path = county.folder / "officers" / f"{officer}.key"
    county.keys[officer] = keyring.new_officer_key(
        officer, "2026", county.clock.now(), local(2028, 12, 31), SystemChance(), path
    )
    return county.keys[officer]


def confirms_key(county: County) -> None:
    """What `gateway key confirm` does, once all forty digits were read out by telephone, and a reload."""
    key, store = county.keys[_POLICE].public, county.gateway.store
    reason = store.keep("电话核对四十位指纹".encode())
    digits = fingerprint(key.signing, key.sealing)
    fact = KeyConfirmed(county.clock.now(), key.id, key.officer, digits, "lead_office.admin", reason.id)
    store.append([fact], [reason]).result()
    keyring.register(county.gateway.configuration.settings.keys, key)
    county.gateway.reconfigure(load(county.folder / "gateway" / "config"))


def sealed_with_new_key(county: County) -> None:
    flow = "station_births"
    book = county.workbook("songquan_police", flow, MONTH)
    file = county.sealed(_POLICE, flow, MONTH, 1, [book], len(county.rows("songquan_police", flow)))
    county.send(county.address(_POLICE), county.mail(county.address(_POLICE), "密封报送", [file]))
