"""Findings as marks: what goes to which cell of the sender's workbook, and the words of its first sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from gateway.checks.lists import EXPLANATION, REFERENCE
from gateway.core.dataflow import Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language, Titles
from gateway.handler import SETTLED, Mark, Marking

MOST_LISTED = 5_000  # lines of the first sheet
MOST_CELLS = 2_000  # that are coloured
_SHOWN = 200  # characters of a cell

NAME = Titles("核对结果说明", "Explanation of findings")
"""The first sheet. Its name says that it explains, so that it is taken for no report when the workbook comes back."""

_TITLE = Titles("请改正本文件中标出的内容", "What is to be mended in this workbook")
_COUNTED = Titles(
    "共 {errors} 处错误（必须改正），{queries} 处疑问（改正或说明）。",
    "{errors} to mend (error), {queries} to mend or explain (query).",
)
_HOW = (
    Titles(
        "有问题的单元格已经着色，并附有批注；点击下表“单元格”一栏可以直接跳到该处。",
        "The cells are coloured and carry a comment; a click on an entry under “cell” leads there.",
    ),
    Titles(
        "请直接在原处改正，保存后按原来的方式送回本文件。本页、颜色和批注可以保留，不影响接收。",
        "Please mend them in place, save, and send this file the way you sent it before. "
        "This sheet, colours and comments may stay.",
    ),
)
_EXPLAIN = Titles(
    "疑问如经核实无误，不必改动，请在下表“说明”一栏写明原因，随本文件一并送回；其余各栏请勿改动。",
    "A query that is right as it stands: please say why in the column “explanation”, change nothing else in this list, "
    "and send it back.",
)
_EXPLAINED = Titles(
    "另有 {explained} 处疑问您已说明：列在下表，“说明”一栏是已收到的内容，不必再填，单元格也不必改动。",
    "{explained} more, explained already, are listed below with what you said; nothing is to be done there.",
)
_CAPPED = Titles(
    "问题较多：只着色了前 {cells} 个单元格，下表列出前 {listed} 处，共 {all} 处。",
    "There are many: the first {cells} cells are coloured and the first {listed} of {all} findings listed.",
)
_HEAD = {
    Language.ZH_CN: ("序号", "类别", "工作表", "单元格", "项目", "填报内容", "问题", "建议改为"),
    Language.EN: ("no.", "kind", "sheet", "cell", "item", "value", "what is wrong", "suggested repair"),
}
_ASKED = Titles("请说明以下疑问", "What is to be explained")
_KINDS = {
    Severity.ERROR.value: Titles("错误", "error"),
    Severity.QUERY.value: Titles("疑问", "query"),
    SETTLED: Titles("已说明", "explained"),
}
_REPAIR = Titles("建议改为：", "Suggested: ")
_AUTHOR = Titles("报表核对", "Report check")


def marking(
    findings: Sequence[Finding], titles: Mapping[str, Titles], language: Language, references: Sequence[str] = (),
    explained: Mapping[int, str] | None = None,
) -> Marking:  # fmt: skip
    """The marks for one workbook. `titles` gives the title of each field name, `references` one for each finding.

    `explained` has what was said, by places among the findings: those are listed with it, and not marked.
    """
    given, said = references or [""] * len(findings), explained or {}
    listed = islice(zip(findings, given, strict=True), MOST_LISTED)
    marks = tuple(_mark(*one, said.get(at, ""), titles, language) for at, one in enumerate(listed))
    is_wrong = any(finding.severity is Severity.ERROR for finding in findings)
    return Marking(
        name=NAME[language],
        title=(_TITLE if is_wrong else _ASKED)[language],
        author=_AUTHOR[language],
        lines=(*_lines(findings, marks, len(said), language), ""),
        head=(*_HEAD[language], EXPLANATION[language], REFERENCE[language]),
        kinds={kind: words[language] for kind, words in _KINDS.items()},
        marks=marks,
        cells=MOST_CELLS,
    )


def _lines(findings: Sequence[Finding], marks: Sequence[Mark], explained: int, language: Language) -> Iterable[str]:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    queries = len(findings) - errors - explained
    yield _COUNTED[language].format(errors=errors, queries=queries)
    if errors:
        yield from (words[language] for words in _HOW)
    if queries:
        yield _EXPLAIN[language]
    if explained:
        yield _EXPLAINED[language].format(explained=explained)
    cells = len({(mark.sheet, mark.row, mark.column) for mark in marks if mark.row and mark.kind != SETTLED})
    if cells > MOST_CELLS or len(findings) > len(marks):
        told = _CAPPED[language]
        yield told.format(cells=min(cells, MOST_CELLS), listed=len(marks), all=len(findings))


def _mark(finding: Finding, reference: str, said: str, titles: Mapping[str, Titles], language: Language) -> Mark:
    title = titles[finding.field][language] if finding.field in titles else ""
    note = finding.sentence + (f"\n{_REPAIR[language]}{finding.repair}" if finding.repair else "")
    return Mark(
        sheet=finding.sheet,
        row=finding.row,
        column=finding.column,
        kind=SETTLED if said else finding.severity.value,
        note=note,
        told=(title, finding.value[:_SHOWN], finding.sentence, finding.repair, said, reference),
    )
