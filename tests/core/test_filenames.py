"""Names of files from elsewhere become harmless and stay recognisable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.filenames import harmless, readable


@given(st.text(), st.sampled_from(["", "A-12345-", "报-"]))
def test_whatever_the_name_it_is_one_short_line_without_a_path(name: str, prefix: str) -> None:
    made = harmless(name, prefix)
    assert made.startswith(prefix)
    assert 0 < len(made.encode()) <= 255
    assert not set(made) & set("/\\\n\r\0\u202e")
    assert made not in ("", ".", "..")


def test_an_ordinary_name_stays_as_it_is() -> None:
    assert harmless("2026年10月 出生登记 (1).xlsx") == "2026年10月 出生登记 (1).xlsx"


def test_the_suffix_survives_a_cut() -> None:
    made = harmless("表" * 300 + ".xlsx", "A-")
    assert made == "A-" + "表" * 82 + ".xlsx"


def test_an_endless_suffix_is_none() -> None:
    assert harmless("a." + "b" * 400) == "a." + "b" * 253


def test_a_name_of_nothing_becomes_something() -> None:
    assert [harmless(""), harmless(".."), harmless(" ")] == ["_", "_", "_"]


def test_names_are_read_in_the_encodings_of_the_departments() -> None:
    assert readable("十月".encode()) == "十月"
    assert readable("十月".encode("gb18030")) == "十月"
    assert readable(b"\xff\xff.csv") == "\ufffd\ufffd.csv"
