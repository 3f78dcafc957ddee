"""The board as a table: a line a department, a column a dataflow, a word a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.core.parties import Language
from gateway.core.standing import State

if TYPE_CHECKING:
    from gateway.core.rules import Rules
    from gateway.ledger.answers import BoardRow

WORDS = {
    State.ON_TIME: ("按期", "green"),
    State.LATE: ("逾期已报", "yellow"),
    State.OPEN: ("待报", "dim"),
    State.EXTENDED: ("已延期", "cyan"),
    State.REJECTED: ("待更正", "magenta"),
    State.MISSING: ("缺报", "bold red"),
}


def draw(rows: Sequence[BoardRow], rules: Rules) -> None:
    """Print the board. A row for each department, its dataflows as words in the colour of their state."""
    from rich.console import Console
    from rich.table import Table

    board = Table(title="报送情况 · board", title_justify="left", show_lines=False)
    board.add_column("单位 department")
    board.add_column("报表 dataflow")
    board.add_column("时期 period")
    board.add_column("状态 state")
    board.add_column("版本 versions", justify="right")
    before = ""
    for row in rows:
        department = rules.departments.get(row.department)
        name = department.titles[Language.ZH_CN] if department else row.department
        dataflow = rules.dataflows.get(row.dataflow)
        title = dataflow.titles[Language.ZH_CN] if dataflow else row.dataflow
        word, style = WORDS[row.state]
        nil = "（零报送）" if row.nil else ""
        board.add_row("" if name == before else name, title, row.period, f"[{style}]{word}[/]{nil}", str(row.versions))
        before = name
    Console().print(board)
