"""When an explanation still fits: the same query of the same row, in whatever place it stands now."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.explaining import Asked, Explanation, fitting

QUERY = Asked(1, "表", 5, 3, "age", "rule:odd", ("A1",), ("9",))


def said(text: str, asked: Asked = QUERY) -> Explanation:
    return Explanation(asked, text, "A")


def test_it_fits_where_key_rule_and_what_it_speaks_of_are_the_same() -> None:
    moved = replace(QUERY, number=4, sheet="另一张", row=9, column=4)
    assert fitting([[said("早产")]], [moved]) == {4: said("早产")}
    for other in (
        replace(QUERY, key=("A2",)), replace(QUERY, about=("8",)), replace(QUERY, code="rule:even"),
        replace(QUERY, field="sex"),
    ):  # fmt: skip
        assert fitting([[said("早产")]], [other]) == {}


def test_the_newest_version_speaks() -> None:
    assert fitting([[said("新")], [said("旧")]], [QUERY]) == {1: said("新")}


def test_of_rows_that_are_the_same_in_every_cell_each_needs_its_own() -> None:
    twin = replace(QUERY, number=2, row=6)
    assert fitting([[said("早产")], [said("旧"), said("旧", twin)]], [QUERY, twin]) == {1: said("早产")}
    assert fitting([[said("一"), said("二", twin)]], [QUERY, twin]) == {1: said("一"), 2: said("二", twin)}
