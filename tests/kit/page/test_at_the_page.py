"""Whoever sits at the page: alone with it, without a mouse, in their language, and with tired eyes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from gateway.handler import Part
from handlers.sealed import write
from tests.kit.page import books
from tests.kit.page.browser import Page
from tests.kit.page.officer import Officer
from tests.kit.page.person import Person, opened_by_the_gateway

Sits = Callable[..., Person]


def test_a_whole_day_at_the_page_asks_no_network_for_anything(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.makes_a_key()
    somebody.chooses(books.xlsx(tmp_path / "births.xlsx", [books.HEADER, books.ROW]))
    somebody.seals()
    came = tmp_path / "came.sealed"
    came.write_bytes(b"SEALED\x00\x01 and nothing else")
    somebody.opens_file(came)
    somebody.page.click("#language")
    asked = [url for url in somebody.page.requests() if not url.startswith(("blob:", "data:"))]
    assert asked == [(somebody.folder / "seal.html").as_uri()]
    assert somebody.page.complaints() == []


def test_what_was_put_into_the_page_cannot_run(person: Sits) -> None:
    somebody = person()
    page = somebody.page
    for attempt in (
        "{const s = document.createElement('script'); s.text = 'globalThis.ran = 1'; document.body.append(s)}",
        "document.body.innerHTML = '<img src=x onerror=\"globalThis.ran = 1\">'",
        "{const b = document.createElement('button'); b.setAttribute('onclick', 'globalThis.ran = 1');"
        " document.body.append(b); b.click()}",
        "setTimeout('globalThis.ran = 1', 0)",
    ):
        page.js(f"try {{ {attempt} }} catch (blocked) {{}}")
        page.js("new Promise((done) => setTimeout(done, 50))")
        assert page.js("globalThis.ran") is None, attempt
    assert page.js("fetch('file:///etc/hostname').then(() => 'came', () => 'blocked')") == "blocked"
    assert page.js("fetch('http://127.0.0.1:9/').then(() => 'came', () => 'blocked')") == "blocked"
    assert any("Content Security Policy" in told for told in page.complaints())


def test_an_officer_without_a_mouse_makes_a_key_seals_and_opens(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    page = somebody.page
    page.tab_to("new-1")
    page.type(somebody.passphrase)
    page.press("Tab")
    page.type(somebody.passphrase)
    page.press("Enter")
    page.there("#fingerprint")
    assert page.focused() == "view-title", "the heading of what came is read out"
    page.tab_to("to-send-view")
    page.press("Enter")
    page.tab_to("period")
    page.press("ArrowUp")
    page.tab_to("files")
    page.choose("#files", books.xlsx(tmp_path / "births.xlsx", [books.HEADER, books.ROW]))
    page.there("[data-said=complete]")
    assert page.focused() == "files"
    page.tab_to("nil")
    page.press(" ")
    page.until("document.querySelector('#nil').checked")
    assert page.focused() == "nil"
    page.tab_to("seal")
    page.press("Enter")
    page.there("#sealed-name")
    assert page.focused() == "view-title"
    page.click("#to-key-view")
    key = somebody.public_key()
    manifest, _ = opened_by_the_gateway(page.downloaded("hospital_births-2026-M11.sealed"), somebody.officer, key)
    assert manifest.nil
    result = tmp_path / "result.sealed"
    about = {"sender": "lead_office", "key": "g", "recipient": "health", "dataflow": "births_compared", "nil": False}
    about |= {"period": "2026-M12", "sequence": 1, "signed": manifest.signed}
    result.write_bytes(b"".join(write([Part("a.txt", "x", b"a")], about, [key.sealing], somebody.officer.seed)))
    page.tab_to("to-open-view")
    page.press("Enter")
    page.tab_to("sealed-file")
    page.choose("#sealed-file", result)
    page.there("#content-title")
    page.tab_to("save-0")
    page.press("Enter")
    assert page.downloaded("a.txt") == b"a"


def test_what_has_the_focus_is_ringed(person: Sits) -> None:
    page = person().page
    for wanted in ("language", "to-send-view", "new-1", "make"):
        page.tab_to(wanted)
        outline = page.js("getComputedStyle(document.activeElement).outline")
        assert "3px" in outline, f"{wanted}: {outline}"
        assert "solid" in outline, f"{wanted}: {outline}"


def test_the_language_is_switched_at_once_and_stays(person: Sits) -> None:
    somebody = person()
    page = somebody.page
    assert page.js("document.documentElement.lang") == "zh-CN"
    page.fill("#new-1", "half typed")
    page.click("#language")
    page.until("document.documentElement.lang === 'en-GB'")
    assert page.text("h1") == "Sealed reports"
    assert page.js("document.querySelector('#new-1').value") == "half typed"
    assert page.focused() == "language"
    somebody.opens()
    assert page.text("h1") == "Sealed reports"


def test_an_english_officer_reads_english_from_the_start_and_no_chinese_sentence(person: Sits) -> None:
    somebody = person(Officer(language="en"))
    key = somebody.makes_a_key()
    somebody.chooses()
    for view in ("key", "send", "open"):
        somebody.page.click(f"#to-{view}-view")
        told = somebody.page.text("main") + somebody.page.text("nav") + somebody.page.text("footer")
        assert not re.search(r"[\u4e00-\u9fff]", told), view
    assert key.officer == "health.reporter"


def test_both_languages_say_the_same_things_with_the_same_places(person: Sits, modules: str) -> None:
    page = person().page
    page.js(modules)
    zh, en = page.js("modules.words.zh"), page.js("modules.words.en")
    assert list(zh) == list(en)
    for name in zh:
        places = [sorted(set(re.findall(r"\{(\w+)\}", words[name]))) for words in (zh, en)]
        assert places[0] == places[1], name


def test_every_field_and_button_has_a_name(person: Sits) -> None:
    somebody = person()
    somebody.makes_a_key()
    for view in ("key", "send", "open"):
        somebody.page.click(f"#to-{view}-view")
        nameless = somebody.page.js(
            "[...document.querySelectorAll('input, select, button, a')]"
            ".filter((e) => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))"
            ".map((e) => e.outerHTML)"
        )
        assert nameless == [], view


CONTRAST = """
[...document.querySelectorAll('#page *')]
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .filter((e) => !e.disabled && e.checkVisibility()).map((element) => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const ground = (e) => rgb(getComputedStyle(e).backgroundColor);
    let behind = element;
    while (behind.parentElement && ground(behind)[3] === 0) behind = behind.parentElement;
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
    const style = getComputedStyle(element);
    const [dark, bright] = [light(rgb(style.color)), light(ground(behind))].sort();
    const contrast = (bright + 0.05) / (dark + 0.05);
    return { text: element.innerText.slice(0, 40), size: parseFloat(style.fontSize), contrast };
  })
"""


def test_every_word_is_large_enough_and_stands_out(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.makes_a_key()
    somebody.chooses(books.xlsx(tmp_path / "deaths.xlsx", [("死亡日期", "死因")]))
    somebody.presses_seal()
    for view in ("key", "send", "open"):
        somebody.page.click(f"#to-{view}-view")
        faint = [one for one in somebody.page.js(CONTRAST) if one["contrast"] < 4.5 or one["size"] < 16]
        assert faint == [], view


def test_at_two_hundred_per_cent_nothing_is_cut_off(person: Sits) -> None:
    somebody = person()
    somebody.makes_a_key()
    somebody.page.resize(1366, 768, zoom=2)
    for view in ("key", "send", "open"):
        somebody.page.click(f"#to-{view}-view")
        assert somebody.page.js("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), view


def test_what_happens_is_said_to_whoever_only_listens(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.makes_a_key()
    said = "document.querySelector('#said[aria-live=polite]').textContent"
    somebody.page.until(f"{said} === '密钥已制成。请保存公钥，并寄给牵头单位。'")
    somebody.chooses(books.xlsx(tmp_path / "births.xlsx", [books.HEADER, books.ROW]))
    somebody.page.until(f"{said} === 'births.xlsx: 表头齐全（第 1 行）。'")


def test_a_page_that_was_made_for_nobody_says_so(tab: Page) -> None:
    tab.go(Path(__file__).parents[3] / "gateway" / "kit" / "page" / "seal.html")
    assert "请向牵头单位索取" in tab.text(".alarm")
