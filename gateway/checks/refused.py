"""Why a sheet was not recognised, in sentences for the officer; they may quote what the sender wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.checks.names import Witness
from gateway.core.dataflow import Dataflow
from gateway.core.parties import Language, Titles
from gateway.core.period import Period
from gateway.core.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Refused:
    """A sheet (`""`: the whole file) that cannot be taken, and the sentence for it. `dataflow` where it is known."""

    refusal: Refusal
    sheet: str
    sentence: Titles
    dataflow: str | None = None


_WITNESSES = {
    "title": Titles("表标题", "the title in the sheet"),
    "sheet": Titles("工作表名", "the name of the sheet"),
    "file": Titles("文件名", "the file name"),
    "subject": Titles("邮件主题", "the subject"),
}


def dataflow_ambiguous(sheet: str, dataflows: Sequence[Dataflow]) -> Refused:
    zh, en = _titles(dataflows)
    return Refused(
        Refusal.DATAFLOW_AMBIGUOUS,
        sheet,
        Titles(
            f"表头同时符合{zh}，无法确定是哪一种。请在文件名或表标题中写明报表名称。",
            f"The header fits {en} alike. Please put the name of the report into the file name or the title.",
        ),
    )


def dataflow_contradicted(sheet: str, dataflow: Dataflow, witness: Witness) -> Refused:
    kind, text = _WITNESSES[witness.kind], _short(witness.text)
    return Refused(
        Refusal.DATAFLOW_AMBIGUOUS,
        sheet,
        Titles(
            f"表头是“{dataflow.titles.zh_CN}”的，{kind.zh_CN}“{text}”却指另一种报表。请核对后重新报送。",
            f"The header is that of “{dataflow.titles.en}”, but {kind.en} “{text}” speaks of another report. "
            "Please check and send it again.",
        ),
    )


def dataflow_unknown(dataflows: Sequence[Dataflow]) -> Refused:
    zh, en = _titles(dataflows)
    return Refused(
        Refusal.DATAFLOW_UNKNOWN,
        "",
        Titles(
            f"没有找到任何一种报表的表头。贵单位应报送：{zh}。请使用规定的表格。",
            f"No header of any report was found. Your office reports {en}. Please use the agreed form.",
        ),
    )


def not_owed(dataflows: Sequence[Dataflow]) -> Refused:
    zh, en = _titles(dataflows)
    return Refused(
        Refusal.NOT_OWED,
        "",
        Titles(
            f"清单所写的报表不在贵单位的报送范围内。贵单位应报送：{zh}。",
            f"The report that the hand-over list names is not one of yours. Your office reports {en}.",
        ),
    )


def nil_with_rows(sheet: str, dataflow: str) -> Refused:
    return Refused(
        Refusal.MANIFEST_MISMATCH,
        sheet,
        Titles(
            "清单写明本期无数据，工作表中却有内容。请核对后重新报送。",
            "The hand-over list says that there is nothing to report, but the sheet is filled. Please check.",
        ),
        dataflow,
    )


def header_incomplete(sheet: str, dataflow: Dataflow, missing: Sequence[str]) -> Refused:
    fields = [dataflow.by_name[name].titles for name in missing]
    zh, en = _quoted(fields)
    return Refused(
        Refusal.HEADER_INCOMPLETE,
        sheet,
        Titles(
            f"“{dataflow.titles.zh_CN}”的表头缺少必需的列：{zh}。请补上后重新报送。",
            f"The header of “{dataflow.titles.en}” lacks required columns: {en}. Please add them and send it again.",
        ),
        dataflow.id,
    )


def period_ambiguous(sheet: str, dataflow: Dataflow, said: Sequence[tuple[Witness, frozenset[Period]]]) -> Refused:
    zh = "，".join(f"{_WITNESSES[w.kind].zh_CN}“{_short(w.text)}”指{_periods(p)}" for w, p in said)
    en = ", ".join(f"{_WITNESSES[w.kind].en} “{_short(w.text)}” says {_periods(p)}" for w, p in said)
    return Refused(
        Refusal.PERIOD_AMBIGUOUS,
        sheet,
        Titles(
            f"报告期不一致：{zh}。请只写一个报告期。", f"The period is not clear: {en}. Please name one period only."
        ),
        dataflow.id,
    )


def period_unknown(sheet: str, dataflow: Dataflow, open_periods: Sequence[Period]) -> Refused:
    now = "、".join(map(str, open_periods))
    zh = f"目前可报的报告期：{now}。" if now else "目前没有可报的报告期。"
    en = f"Open now: {now.replace('、', ', ')}." if now else "No period is open now."
    return Refused(
        Refusal.PERIOD_UNKNOWN,
        sheet,
        Titles(
            f"文件名、主题、工作表名和表标题都没有写明“{dataflow.titles.zh_CN}”的报告期。{zh}",
            f"Neither file name, subject, sheet nor title names the period of “{dataflow.titles.en}”. {en}",
        ),
        dataflow.id,
    )


def empty() -> Titles:
    return Titles(
        "文件中没有任何内容。如本期无数据，请在表头下写“本期无数据”。",
        "There is nothing in the file. To report nothing, write “nil” below the header.",
    )


def _titles(dataflows: Sequence[Dataflow]) -> tuple[str, str]:
    return _quoted([flow.titles for flow in dataflows])


def _quoted(titles: Sequence[Titles]) -> tuple[str, str]:
    """A list of titles in Chinese, and in English."""
    zh, en = (language.comma.join(f"“{one[language]}”" for one in titles) for language in Language)
    return zh, en


def _periods(periods: frozenset[Period]) -> str:
    return " / ".join(map(str, sorted(periods)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
