"""Plain Python and polars say the same of every table: same findings, same values, cell for cell."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.checks.tables import read_table, table_bytes
from gateway.core.parties import Language
from tests.checks.county import birth, citizen, sheet
from tests.checks.test_check import IN_POLARS, IN_PYTHON, checked

BLANKS = ["", " ", "\u3000", "\x1c"]
CELLS = {
    "id": st.one_of(
        st.builds(citizen, st.integers(0, 3)),
        st.from_regex(r"[0-9]{16,18}[0-9Xx]?", fullmatch=True),
        st.from_regex(r"(11|33|99)0102(1799|2026)(02|13)(28|30)[0-9]{3}[0-9X]", fullmatch=True),
        st.sampled_from(["１10105194912310029", "110105491231002", "1.1E+17", "11010519491231002x"]),
    ),
    "name": st.one_of(st.text("王a \x1f\xa0\n", max_size=22), st.text(max_size=5)),
    "sex": st.sampled_from(["1", "2", "男", " 1", "3", "f"]),
    "born": st.one_of(
        st.dates().map(str),
        st.from_regex(r" ?[+0-9]?[12][0-9]{2,3}[-/.年][01]?[0-9][-/.月][0-3]?[0-9]日?", fullmatch=True),
        st.sampled_from(["20261005", "46300", "2026-10-05T00:00:00", "2026-1-5", "12026-01-05", "2026-10-05 "]),
    ),
    "registered": st.dates().map(str),
    "village": st.sampled_from(["001", "002", "1", "河口", "x"]),
    "order": st.one_of(
        st.integers(-5, 25).map(str),
        st.from_regex(r"[+ -]?[0-9_,.１]{1,20}(e3)?", fullmatch=True),
        st.text("0123456789", min_size=14, max_size=20),
    ),
    "weight": st.one_of(
        st.floats(-1, 10).map(str),
        st.from_regex(r"[+-]?[0-9]{0,2}[.]?[0-9]{0,14}(e1)?", fullmatch=True),
        st.sampled_from(["nan", "inf", "-0", "1e0", "３．２"]),
    ),
    "month": st.sampled_from(["2026-10", "2026-1", "202610", "2026-10-01", "2026-13", "２０２６-10"]),
    "late": st.sampled_from(["TRUE", "是", "0", "true ", "yes", "True"]),
    "phone": st.one_of(
        st.from_regex(r"[0-9]{6,12}\n?", fullmatch=True),
        st.sampled_from(["１２３４５６７８", "12345678 ", "٣٣٣٣٣٣٣٣"]),
    ),
    "remark": st.text(max_size=4),
}  # fmt: skip
cells = st.sampled_from(list(CELLS)).flatmap(
    lambda name: st.tuples(st.just(name), st.one_of(CELLS[name], CELLS[name], st.sampled_from(BLANKS)))
)
rows = st.one_of(
    st.builds(lambda number, wrong: birth(number, **dict(wrong)), st.integers(0, 4), st.lists(cells, max_size=4)),
    st.sampled_from([[], ["合计", "3"], ["", "总计："], ["注：以上", "x"], ["  "], ["note: a"], ["\x1c", "", "1"]]),
)


@settings(max_examples=250, deadline=timedelta(seconds=5))
@given(st.lists(rows, max_size=8))
def test_plain_python_and_polars_agree_on_every_table(table: list[list[str]]) -> None:
    python, polars = checked(sheet(table), IN_PYTHON), checked(sheet(table), IN_POLARS)
    assert list(python.findings.told(Language.ZH_CN)) == list(polars.findings.told(Language.ZH_CN))
    assert python.rows == polars.rows
    assert {name: list(values) for name, values in python.values.items()} == polars.values.to_dict(as_series=False)  # type: ignore[union-attr]
    assert read_table(table_bytes(python)).equals(read_table(table_bytes(polars)))
