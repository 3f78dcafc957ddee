"""What the page says of a file is said of the report that is chosen now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.kit.page import books
from tests.kit.page.person import Person

Sits = Callable[..., Person]

# Every state in which the page shows a file: the report that is chosen, and what is said of it.
WATCH = """
globalThis.shown = [];
new MutationObserver(() => {
  const said = document.querySelector('.files li')?.dataset.said;
  globalThis.shown.push(`${document.querySelector('#dataflow').value}: ${said}`);
}).observe(document.getElementById('page'), { childList: true, subtree: true });
"""
# The next look at a file does not get its bytes before `release()`.
HOLD = """
const whole = Blob.prototype.slice;
Blob.prototype.slice = function (...place) {
  Blob.prototype.slice = whole;
  const held = new Promise((release) => { globalThis.release = release; });
  return { arrayBuffer: () => held.then(() => whole.apply(this, place).arrayBuffer()) };
};
"""


def with_births(person: Sits, folder: Path) -> Person:
    """Somebody with a key who chose a workbook of births for the report of births."""
    somebody = person()
    somebody.makes_a_key()
    somebody.chooses(books.xlsx(folder / "births.xlsx", [books.HEADER, books.ROW]))
    return somebody


def test_what_was_said_of_a_file_for_another_report_is_not_shown_for_this_one(person: Sits, tmp_path: Path) -> None:
    somebody = with_births(person, tmp_path)
    somebody.page.js(WATCH)
    somebody.page.fill("#dataflow", "urgent_events")
    somebody.page.there("[data-said=no_header]")
    somebody.page.fill("#dataflow", "hospital_births")
    somebody.page.there("[data-said=complete]")
    shown = somebody.page.js("globalThis.shown")
    assert "urgent_events: no_header" in shown and "hospital_births: complete" in shown
    assert not {"urgent_events: complete", "hospital_births: no_header"} & set(shown)


def test_a_file_that_is_still_looked_at_for_another_report_cannot_be_sealed_for_this_one(
    person: Sits, tmp_path: Path
) -> None:
    somebody = with_births(person, tmp_path)
    somebody.page.js(HOLD)
    somebody.page.fill("#dataflow", "urgent_events")
    somebody.page.fill("#period", "2026-10-05")
    somebody.presses_seal()
    assert somebody.alarm() == "文件还在检查，请稍候。"
    somebody.page.js("globalThis.release()")
    somebody.page.there("[data-said=no_header]")
    somebody.presses_seal()
    assert somebody.page.has("#anyway") and not somebody.page.has("#sealed-name")


def test_a_look_that_ends_late_does_not_speak_for_the_report_chosen_since(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.makes_a_key()
    somebody.chooses()
    somebody.page.js(HOLD)
    somebody.page.choose("#files", books.xlsx(tmp_path / "births.xlsx", [books.HEADER, books.ROW]))
    somebody.page.there("[data-said=looking]")
    somebody.page.fill("#dataflow", "urgent_events")
    somebody.page.there("[data-said=no_header]")
    somebody.page.js("globalThis.release()")
    somebody.page.js("new Promise((done) => setTimeout(done, 300))")
    assert somebody.page.has("[data-said=no_header]")


def test_another_period_of_the_same_report_needs_no_second_look(person: Sits, tmp_path: Path) -> None:
    somebody = with_births(person, tmp_path)
    somebody.page.js(WATCH)
    somebody.page.fill("#period", "2026-M11")
    somebody.page.until("globalThis.shown.length > 0")
    somebody.page.js("new Promise((done) => setTimeout(done, 100))")
    assert set(somebody.page.js("globalThis.shown")) == {"hospital_births: complete"}
