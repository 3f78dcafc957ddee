"""The guide names every deadline, every way that counts and nobody else's business, on one sheet of paper."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.core.letters import due_text, period_text
from gateway.core.parties import Language
from gateway.kit.guide import groups, guide
from gateway.kit.ways import ways_to_send
from tests.kit.county import county
from tests.kit.kits import DEPARTMENTS, KEY, terms

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVERY = pytest.mark.parametrize("department", DEPARTMENTS)
IN_BOTH = pytest.mark.parametrize("language", Language)


class Read(HTMLParser):
    """What a browser would show, and what it would be asked to do."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.tags and self.tags[-1][0] == "td" and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


@EVERY
@IN_BOTH
def test_every_deadline_of_every_report_stands_in_a_table(department: str, language: Language) -> None:
    made = terms(department, language)
    page = Read(guide(made))
    shown = {(period, due) for period, due, _ in filter(None, page.rows)}
    for one, owed in made.deadlines:
        period, due = period_text(str(owed.period), language), due_text(owed.due, SHANGHAI, language)
        assert (period, due) in shown
        [group] = [g for g in groups(made) if one.dataflow.titles[language] in g.reports]
        assert (period, due) in [(row.period, row.due) for row in group.deadlines]
    assert all(one.dataflow.titles[language] in page.text for one in made.owing)


@IN_BOTH
def test_a_deadline_on_a_free_day_tells_the_working_day_before(language: Language) -> None:
    """28 March 2026 is a Saturday; 28 February is one as well, but worked in place of another day."""
    [group, *_] = groups(terms("health", language))
    told = {row.due: (row.working_day, row.is_earlier) for row in group.deadlines}
    due = {str(owed.period): due_text(owed.due, SHANGHAI, language) for _, owed in terms("health").deadlines}
    words = {Language.ZH_CN: ("3月27日 周五", "2月28日 周六"), Language.EN: ("Fri 27 Mar", "Sat 28 Feb")}[language]
    assert (told[due["2026-M03"]], told[due["2026-M02"]]) == ((words[0], True), (words[1], False))


@IN_BOTH
def test_it_says_where_to_send_whom_to_ask_and_how_the_gateway_is_known(language: Language) -> None:
    page = Read(guide(terms("bailu_clinic", language)))
    for text in ("report@qinglan.example", KEY.fingerprint, "0000-5550 100", "钱示例", "office@qinglan.example"):
        assert text in page.text
    without = Read(guide(replace(terms("health", language), rules=replace(county(), telephone=None))))
    assert "0000-5550" not in without.text and "None" not in without.text


class TestWays:
    """Only what counts by the agreement, and what the officer has the means for."""

    def named(self, department: str, report: str, **means: object) -> list[str]:
        made = terms(department, Language.EN)
        domains = means.pop("signed_domains", frozenset())
        officer = replace(made.officer, **means)  # type: ignore[arg-type]
        found = ways_to_send(replace(made, officer=officer, signed_domains=domains))  # type: ignore[arg-type]
        return [name for group in found if report in group.reports for name, _ in group.ways]

    def test_a_report_that_must_be_sealed_is_sent_in_no_other_way(self) -> None:
        means = {"password_hash": "x", "folder": "f", "signed_domains": frozenset({"police.qinglan.example"})}
        assert self.named("public_security", "Births entered in the household register", **means) == ["Sealed"]

    def test_an_account_and_a_folder_are_for_those_who_have_them(self) -> None:
        assert self.named("health", "Hospital births") == ["Sealed"]
        named = self.named("health", "Hospital births", password_hash="x", folder="health")
        assert named == ["Sealed", "By account", "Your folder"]

    def test_plain_mail_counts_from_domains_whose_signature_is_believed(self) -> None:
        believed = frozenset({"health.qinglan.example"})
        assert self.named("health", "Hospital births", signed_domains=believed) == ["Sealed", "Plain mail"]

    def test_where_a_code_is_enough_it_is_said(self) -> None:
        assert self.named("bailu_clinic", "Antenatal care counts") == ["Sealed", "Plain mail, confirmed"]


@EVERY
@IN_BOTH
def test_it_runs_nothing_and_asks_nothing_of_anybody(department: str, language: Language) -> None:
    data = guide(terms(department, language))
    page = Read(data)
    [policy] = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    style = data.decode().partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not {"script", "link", "img", "iframe", "form", "object"} & {tag for tag, _ in page.tags}
    assert not [
        name for _, found in page.tags for name in found if name in ("src", "href", "style") or name[:2] == "on"
    ]
    assert "url(" not in style and "@import" not in style


def test_what_is_configured_cannot_write_into_the_page() -> None:
    made = terms("health")
    data = guide(replace(made, officer=replace(made.officer, name="<script>alert(1)</script>")))
    assert b"<script" not in data
    assert b"&lt;script&gt;" in data


@pytest.mark.parametrize("department", ["public_security", "civil_affairs"])
@IN_BOTH
def test_it_prints_on_one_page(department: str, language: Language, tmp_path: Path) -> None:
    """Those of most reports, by the browser that officers have."""
    (tmp_path / "guide.html").write_bytes(guide(terms(department, language)))
    browser = shutil.which("chromium")
    assert browser, "Debian's package chromium is needed"
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    files = (f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={tmp_path / 'guide.pdf'}")
    command = [browser, *options, *files, str(tmp_path / "guide.html")]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    told = subprocess.run(["pdfinfo", tmp_path / "guide.pdf"], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Pages:\s+1\n", told)
    assert "(A4)" in told
