"""A validate-only run on one file: what the gateway would see in it, in the same sandbox with the same limits.

It needs no state and records nothing. What cannot be read is told with the same sentences that an officer would get.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from gateway.checks.check import check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.recognise import Recognised
from gateway.checks.sheet import SEEN_ROWS, find_header
from gateway.core.dataflow import CodeList, Dataflow
from gateway.core.parties import Language
from gateway.core.period import Frequency, Period
from gateway.core.refusal import Refusal, sentence
from gateway.core.table import Table
from gateway.handler import Trouble, Unreadable
from gateway.judge.documents import TABLES
from gateway.sandbox import PartInfo, Sandbox, Session, Unsafe

MAIL = "mail_message"
_KINDS = {MAIL: "mail", "excel": "workbook", "csv_text": "text", "sealed": "sealed"}


def inspect(
    sandbox: Sandbox,
    name: str,
    blocks: Iterable[bytes],
    dataflow: Dataflow | None = None,
    codelists: Mapping[str, CodeList] | None = None,
    language: Language = Language.ZH_CN,
    today: date | None = None,
) -> dict[str, Any]:
    """`{"kind", "parts", "sheets", "findings", "refused"}`; `findings` only for a named dataflow."""
    report: dict[str, Any] = {"kind": "unknown", "parts": [], "sheets": [], "findings": [], "refused": None}
    try:
        with sandbox.session() as session:
            session.load(blocks)
            tables = list(_look(session, name, report))
    except Unreadable as trouble:
        report["refused"] = _refused(Refusal(trouble.trouble.value), language)
        return report
    except Unsafe:
        report["refused"] = _refused(Refusal.UNSAFE, language)
        return report
    report["sheets"] = [{"name": table.name, "rows": [list(row) for row in table.rows()]} for table in tables]
    if dataflow:
        report["findings"] = _findings(tables, dataflow, codelists or {}, language, today or date(1970, 1, 1))
    return report


def _look(session: Session, name: str, report: dict[str, Any]) -> Iterator[Table]:
    whole = session.whole(name)
    report["kind"] = _KINDS.get(whole.handler or "", "unknown")
    if whole.handler != MAIL:
        report["parts"] = [_part(whole)]
        yield from _tables(session, [whole], alone=True)
        return
    mail = session.split()
    report["parts"] = [_part(part) for part in mail.parts]
    yield from _tables(session, mail.parts, alone=False)


def _tables(session: Session, parts: Sequence[PartInfo], *, alone: bool) -> Iterator[Table]:
    """The sheets of the parts that hold any. A file that is alone must be readable; a mail may hold other things."""
    for part in parts:
        if part.handler in TABLES:
            yield from session.read(part.path, part.handler or "")
        elif part.handler == "sealed" and alone:
            session.open(part.path, "sealed", None)
        elif alone:
            raise Unreadable(Trouble.EMPTY if not part.size else Trouble.UNSUPPORTED)


def _findings(
    tables: Sequence[Table], dataflow: Dataflow, codelists: Mapping[str, CodeList], language: Language, today: date
) -> list[dict[str, Any]]:
    compiled = compile_dataflow(dataflow, codelists)
    found: list[dict[str, Any]] = []
    for table in tables:
        shape = find_header(dataflow, table.head(SEEN_ROWS))
        if shape is None:
            continue
        period = Period.containing(today, Frequency.MONTHLY)
        recognised = Recognised(dataflow.id, period, table, shape)
        checked = check(compiled, recognised, Context(period, today))
        found += [asdict(finding) for finding in checked.findings.told(language)]
    return found


def _part(part: PartInfo) -> dict[str, Any]:
    return {
        "path": part.path, "name": part.name, "media": part.media, "size": part.size,
        "sha256": part.sha256, "handler": part.handler,
    }  # fmt: skip


def _refused(refusal: Refusal, language: Language) -> dict[str, str]:
    return {"code": refusal.value, "sentence": sentence(refusal, language)}
