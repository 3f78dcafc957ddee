"""The board for people: a table a period, a row a department, its reports as signs in the colour of their state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from gateway.cli.saying import console
from gateway.core.parties import Language
from gateway.core.standing import State

if TYPE_CHECKING:
    from rich.columns import Columns
    from rich.table import Table
    from rich.text import Text

    from gateway.core.rules import Rules
    from gateway.ledger.answers import BoardRow


class Sign(NamedTuple):
    """How a state is shown; the sign alone must do where there is no colour."""

    sign: str
    zh_CN: str
    en: str
    style: str


SIGNS = {
    State.ON_TIME: Sign("✓", "按期", "on time", "green"),
    State.LATE: Sign("◷", "逾期", "late", "yellow"),
    State.MISSING: Sign("✗", "缺报", "missing", "bold red"),
    State.REJECTED: Sign("!", "待更正", "rejected", "magenta"),
    State.OPEN: Sign("·", "待报", "open", "bright_black"),
    State.EXTENDED: Sign("→", "已延期", "extended", "cyan"),
}


def draw(rows: Sequence[BoardRow], rules: Rules, language: Language = Language.ZH_CN) -> None:
    """Print the board, the period that falls due first on top, and how many reports are in each state."""
    out = console()
    if not rows:
        out.print("Nothing is owed here. Periods are named like this: gateway board --period 2026-M11")
        return
    ordered = sorted(rows, key=lambda row: (min(r.due for r in rows if r.period == row.period), row.period))
    for period, found in groupby(ordered, key=lambda row: row.period):
        out.print(_of_period(period, list(found), rules, language))
    out.print(_foot(Counter(row.state for row in rows)))


def _of_period(period: str, rows: Sequence[BoardRow], rules: Rules, language: Language) -> Table:
    from rich import box
    from rich.columns import Columns
    from rich.table import Table
    from rich.text import Text

    usual = Counter(row.due for row in rows if not row.extended).most_common(1)
    due = f"  due before {_local(usual[0][0], rules):%Y-%m-%d %H:%M}" if usual else ""
    title = Text.assemble((period, "bold"), (due, "bright_black"))
    table = Table(title=title, title_justify="left", box=box.SIMPLE, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()
    by_department = groupby(sorted(rows, key=lambda row: _place(row, rules)), key=lambda row: row.department)
    for department, owed in by_department:
        known = rules.departments.get(department)
        name = known.titles[language] if known else department
        table.add_row(name, Columns(_cells(list(owed), rules, language), padding=(0, 2)))
    return table


def _cells(rows: Sequence[BoardRow], rules: Rules, language: Language) -> Iterator[Text]:
    from rich.text import Text

    for row in rows:
        known = rules.dataflows.get(row.dataflow)
        sign = SIGNS[row.state]
        notes = [sign.sign, known.titles[language] if known else row.dataflow]
        notes += ["零报" if language is Language.ZH_CN else "nil"] if row.nil else []
        notes += [f"×{row.versions}"] if row.versions > 1 else []
        notes += [f"{_local(row.due, rules):<%m-%d %H:%M}"] if row.extended else []
        yield Text(" ".join(notes), style=sign.style, no_wrap=True)


def _foot(counts: Counter[State]) -> Columns:
    from rich.columns import Columns
    from rich.text import Text

    told = [
        Text(f"{sign.sign} {sign.zh_CN} {sign.en} {counts[state]}", sign.style if counts[state] else "bright_black")
        for state, sign in SIGNS.items()
    ]
    return Columns(told, padding=(0, 3))


def _place(row: BoardRow, rules: Rules) -> tuple[int, str, str]:
    """Departments in the order of the configuration, each with its reports in the order of their names."""
    names = list(rules.departments)
    return names.index(row.department) if row.department in names else len(names), row.department, row.dataflow


def _local(instant: datetime, rules: Rules) -> datetime:
    return instant.astimezone(ZoneInfo(rules.working_days.zone))
