"""Checks with cell-level findings: ours against pandera on polars, the same ten rules on the same text columns.

    python -m bench.checks [--rows 1000000] [--rounds 3]

Twelve columns of text, one cell in a hundred wrong. Both are given the frame in memory and must name each wrong cell
(row, column, rule, value); ours also works out the repairs. Pandera has no rule for citizen ids and takes any polars
expression: once with the check character reckoned digit by digit, as one writes it, and once with the very expression
that ours uses (unsure of those born on a 29 February), which leaves only the two frameworks to differ. Runs alternate;
ratios are of medians, by the wall clock and by processor time, which neighbours on the machine disturb less.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from bench.figures import Figure
from gateway.checks.check import check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.glance import is_id_number
from gateway.checks.id_number import CHECK, PROVINCES, WEIGHTS, check_character
from gateway.checks.recognise import Recognised
from gateway.checks.sheet import Head, find_header
from gateway.core.dataflow import Code, CodeList, Dataflow, Field, FieldType, RowRule, Severity
from gateway.core.parties import Titles
from gateway.core.period import Period
from gateway.core.table import Table

T = FieldType
SEXES = ("1", "2")
VILLAGES = tuple(f"{number:03}" for number in range(1, 61))
PERIOD = Period.parse("2026-M10")


def _titles(text: str) -> Titles:
    return Titles(text, text)


def _codes(name: str, codes: tuple[str, ...]) -> CodeList:
    return CodeList(name, _titles(name), tuple(Code(code, _titles(f"title of {code}")) for code in codes))


CODELISTS = {"sex": _codes("sex", SEXES), "villages": _codes("villages", VILLAGES)}
FLOW = Dataflow(
    "births", _titles("births"), "invented", "invented",
    (
        Field("id", T.STRING, _titles("id"), required=True, format="id_number"),      # 1, and 2: unique
        Field("name", T.STRING, _titles("name"), required=True, max_length=20),       # 3
        Field("sex", T.STRING, _titles("sex"), required=True, codelist="sex"),        # 4
        Field("born", T.DATE, _titles("born"), required=True),                        # 5
        Field("registered", T.DATE, _titles("registered"), required=True),            # 6
        Field("village", T.STRING, _titles("village"), required=True, codelist="villages"),  # 7
        Field("order", T.INTEGER, _titles("order"), required=True, minimum="1", maximum="20"),  # 8
        *(Field(f"text{number}", T.STRING, _titles(f"text{number}")) for number in range(5)),
    ),
    ("id",),
    (
        RowRule("after", ("registered", "born"), "registered >= born", Severity.ERROR, _titles("after")),   # 9
        RowRule("sex_in_id", ("id", "sex"), "(TRY_CAST(SUBSTR(id, 17, 1) AS BIGINT) % 2 = 1) = (sex = '1')",
                Severity.ERROR, _titles("sex")),                                      # 10
    ),
)  # fmt: skip
WRONG = {
    "id": lambda text: text[:17] + ("1" if text[17] != "1" else "2"),
    "name": lambda text: "",
    "sex": lambda text: "男",
    "born": lambda text: "2026-02-30",
    "registered": lambda text: "unknown",
    "village": lambda text: "9999",
    "order": lambda text: "1O",
}


def invent(rows: int) -> pl.DataFrame:
    """Invented births. One cell in a hundred is wrong, all in the checked columns; a thousandth of the ids double."""
    chance = random.Random(20261121)
    days = [date(1990, 1, 1) + timedelta(days=n) for n in range(rows // 1000 + 1)]
    columns: dict[str, list[str]] = {field.name: [] for field in FLOW.fields}
    for number in range(rows):
        born, order = days[number // 1000], number % 1000
        first17 = f"330102{born:%Y%m%d}{order:03}"
        columns["id"].append(first17 + check_character(first17))
        columns["sex"].append("1" if order % 2 else "2")
        columns["born"].append(born.isoformat())
        columns["registered"].append((born + timedelta(days=number % 28)).isoformat())
        columns["name"].append(f"王{number}")
        columns["village"].append(VILLAGES[number % 60])
        columns["order"].append(str(1 + number % 3))
        for text in range(5):
            columns[f"text{text}"].append(f"remark {number % 997}")
    for _ in range(rows // 1000):
        columns["id"][chance.randrange(rows)] = columns["id"][chance.randrange(rows)]
    for name, spoil in WRONG.items():
        for at in chance.sample(range(rows), rows * 12 // 100 // len(WRONG)):
            columns[name][at] = spoil(columns[name][at])
    return pl.DataFrame(columns)


def ours(frame: pl.DataFrame) -> Callable[[], int]:
    header = pl.DataFrame({name: [name] for name in frame.columns})
    table = Table.of_frame("births", pl.concat([header, frame]).rechunk())
    shape = find_header(FLOW, Head(table.head(30)))
    assert shape
    compiled = compile_dataflow(FLOW, CODELISTS)
    recognised = Recognised("births", PERIOD, table, shape)
    return lambda: len(check(compiled, recognised, Context(PERIOD, date(2026, 10, 28))).findings)


def digit_by_digit(text: pl.Expr) -> pl.Expr:
    """A citizen id as one writes it down from the standard."""
    total = pl.sum_horizontal(
        text.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(WEIGHTS)
    )
    check = (total % 11).replace_strict(list(range(11)), list(CHECK), return_dtype=pl.String)
    born = text.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    province = text.str.slice(0, 2).is_in(sorted(PROVINCES))
    is_shaped = text.str.contains("^[0-9]{17}[0-9X]$")
    return (is_shaped & (check == text.str.slice(17, 1)) & province & (born.dt.year() >= 1800)).fill_null(value=False)


def panderas(frame: pl.DataFrame, is_id: Callable[[pl.Expr], pl.Expr]) -> Callable[[], int]:
    import pandera.polars as pa

    def rule(make: Callable[[pl.Expr], pl.Expr]) -> pa.Check:
        return pa.Check(lambda data: data.lazyframe.select(make(pl.col(data.key))))

    def rows(expression: pl.Expr) -> pa.Check:
        return pa.Check(lambda data: data.lazyframe.select(expression.fill_null(value=True)))

    def day(column: pl.Expr) -> pl.Expr:
        return column.str.to_date("%Y-%m-%d", strict=False)

    order = rule(lambda c: c.cast(pl.Int64, strict=False).is_between(1, 20).fill_null(value=False))
    sex = (pl.col("id").str.slice(16, 1).cast(pl.Int64, strict=False) % 2 == 1) == (pl.col("sex") == "1")
    sure = is_id(pl.col("id")) & pl.col("sex").is_in(SEXES)
    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(pl.String, rule(is_id)),
            "name": pa.Column(
                pl.String, rule(lambda c: (c != "") & (c.str.strip_chars() == c) & (c.str.len_chars() <= 20))
            ),
            "sex": pa.Column(pl.String, pa.Check.isin(SEXES)),
            "born": pa.Column(pl.String, rule(lambda c: day(c).is_not_null())),
            "registered": pa.Column(pl.String, rule(lambda c: day(c).is_not_null())),
            "village": pa.Column(pl.String, pa.Check.isin(VILLAGES)),
            "order": pa.Column(pl.String, order),
            **{f"text{number}": pa.Column(pl.String) for number in range(5)},
        },
        checks=[rows(day(pl.col("registered")) >= day(pl.col("born"))), rows(~sure | sex)],
        unique=["id"],
        report_duplicates="exclude_first",
    )

    def run() -> int:
        try:
            schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            return int(errors.failure_cases.height)
        return 0

    return run


def figures(rows: int = 1_000_000, rounds: int = 3) -> list[Figure]:
    """Rows a second of each, in turn; the first round warms up."""
    _install("pandera[polars]", "pandera")
    frame = invent(rows)
    runs = {
        "ours": ours(frame),
        "pandera": panderas(frame, digit_by_digit),
        "pandera with our id expression": panderas(frame, is_id_number),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    processor: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(rounds + 1):
        for name, run in runs.items():
            begun, used = time.perf_counter(), time.process_time()
            found = run()
            if round_:
                seconds[name].append(time.perf_counter() - begun)
                processor[name].append(time.process_time() - used)
            else:
                print(f"   {name}: {found:,} findings in {frame.height:,} × {frame.width} cells")
    print("   processor:", *(f"{name} {statistics.median(used):.2f} s;" for name, used in processor.items()))
    mine, pandera, with_ours = (rows / statistics.median(seconds[name]) for name in runs)
    what = f"checks, {rows:,} × {frame.width} cells"
    return [
        Figure(f"{what}; pandera on polars", "rows/s", mine, pandera, 1.0, 1.5),
        Figure(f"{what}; pandera with our id expression", "rows/s", mine, with_ours),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for figure in figures(options.rows, options.rounds):
        print(figure)


def _install(requirement: str, module: str) -> None:
    if subprocess.run([sys.executable, "-c", f"import {module}"], check=False, capture_output=True).returncode:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", requirement], check=True)


if __name__ == "__main__":
    main()
