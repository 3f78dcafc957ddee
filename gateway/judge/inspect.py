"""A validate-only run on one file: what the gateway would see in it, in the same sandbox with the same limits.

It needs no state and records nothing. What cannot be read is told with the same sentences that an officer would get.
A file by itself must be readable; a mail may hold other things, and each part that fails is refused alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from gateway.checks import refused
from gateway.checks.check import check
from gateway.checks.compile import Compiled, Context, compile_dataflow
from gateway.checks.names import explains
from gateway.checks.recognise import Recognised
from gateway.checks.refused import Refused
from gateway.checks.rows import is_nil
from gateway.checks.sheet import SEEN_ROWS, find_header
from gateway.core.dataflow import CodeList, Dataflow, Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language
from gateway.core.period import Period
from gateway.core.refusal import Refusal, sentence
from gateway.core.table import Table
from gateway.handler import Limits, Trouble, Unreadable
from gateway.judge.careful import MOST_UNSAFE, Careful, UnsafePart
from gateway.judge.formats import MAIL, MEANT, TABLES
from gateway.judge.inspect_keys import NO_KEYS, Keys
from gateway.judge.seals import unverified_seal
from gateway.judge.unpacking import Unpacked, Unpacker, every
from gateway.sandbox import Mail, PartInfo, Sandbox, Session, Unsafe

_KINDS = {  # others are called as their handlers are
    MAIL: "mail", "excel_legacy": "workbook", "excel_binary": "workbook", "open_document": "workbook",
    "excel": "workbook", "csv_text": "csv", "zip_archive": "zip", "office_password": "locked", "outlook_msg": "mail",
}  # fmt: skip
_MAIL_SUFFIXES = (".eml", ".mail", ".mbox", ".msg")
_MAIL_FIELDS = ("from", "to", "subject", "date", "message-id", "content-type", "received")
_ANY_TIME = datetime.min.replace(tzinfo=UTC)  # whether a certificate counts is asked where officers are registered


@dataclass(frozen=True, slots=True)
class Aim:
    """What the sheets are checked as: a dataflow, for a reporting period, on a local day."""

    dataflow: Dataflow
    codelists: Mapping[str, CodeList]
    period: Period
    today: date


@dataclass(slots=True)
class Seen:
    """What has been found out so far. `unsafe` are the parts that ended a worker."""

    kind: str = "unknown"
    tree: tuple[Unpacked, ...] = ()
    sheets: list[tuple[PartInfo, Table]] = field(default_factory=list)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    unsafe: set[str] = field(default_factory=set)


def inspect(
    sandbox: Sandbox,
    name: str,
    blocks: Iterable[bytes],
    aim: Aim | None = None,
    language: Language = Language.ZH_CN,
    keys: Keys = NO_KEYS,
) -> dict[str, Any]:
    """`{"kind", "parts", "sheets", "findings", "refused"}`; `findings` only with an aim. Raises `Temporary`.

    `parts` has every container before what was found in it. `refused` is the first refusal: of the file as a whole,
    or of the first part that was meant as a report. Each part carries its own.
    """
    seen, data = Seen(), tuple(_capped(blocks, Limits().bytes))
    try:
        _look(sandbox, name, data, seen, keys)
    except Unreadable as trouble:
        seen.refusals[""] = Refusal(trouble.trouble.value)
    except Unsafe:
        seen.refusals[""] = Refusal.UNSAFE
    first = next(iter(seen.refusals.values()), None)
    return {
        "kind": seen.kind,
        "parts": [_part(one, seen.refusals.get(one.part.path), language) for one in every(seen.tree)],
        "sheets": [_sheet(part, table) for part, table in seen.sheets],
        "findings": list(_findings(seen, aim, language)) if aim else [],
        "refused": _refused(first, language),
    }


def _capped(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Blocks until they are more than the limits allow: the rest of a huge file would only be carried to be refused."""
    size = 0
    for block in blocks:
        size += len(block)
        yield block
        if size > most:
            return


def _look(sandbox: Sandbox, name: str, data: Sequence[bytes], seen: Seen, keys: Keys) -> None:
    """Read everything. A part that ends its worker is refused as unsafe, and the others get a fresh worker."""
    for _ in range(MOST_UNSAFE):
        seen.sheets.clear()
        seen.refusals.clear()
        try:
            with sandbox.session() as session:
                session.load(data)
                _read_all(session, name, seen, keys)
                return
        except UnsafePart as part:
            seen.unsafe.add(part.path)
    raise Unsafe("died")


def _read_all(session: Session, name: str, seen: Seen, keys: Keys) -> None:
    whole = session.whole(name)
    mail = _as_mail(session, whole, seen)
    seen.kind = "mail" if mail else _kind(whole, "unknown")
    careful = Careful(session, seen.unsafe)
    seal = partial(unverified_seal, careful.open, keys.sealing)
    opener = Unpacker(careful.open, careful.verify, seal, _ANY_TIME, keys)
    parts = mail.parts if mail else (whole,)
    seen.tree = opener.unlock([Unpacked(part) for part in parts], keys.shared)
    for one in every(seen.tree):
        if one.refusal:
            seen.refusals[one.part.path] = one.refusal
            continue
        try:
            seen.sheets += [(one.part, table) for table in _tables(careful, one, alone=one.part is whole and not mail)]
        except Unreadable as trouble:
            seen.refusals[one.part.path] = Refusal(trouble.trouble.value)
        except Unsafe:
            seen.refusals[one.part.path] = Refusal.UNSAFE


def _as_mail(session: Session, whole: PartInfo, seen: Seen) -> Mail | None:
    """The file as a mail: if it is or calls itself one, or if nothing else knows it and it begins as a mail does."""
    if whole.handler == MAIL or (whole.handler is None and whole.name.lower().endswith(_MAIL_SUFFIXES)):
        seen.kind = "mail"
        return session.split()
    if whole.handler is not None or not whole.size:
        return None
    try:
        mail = session.split()
    except Unreadable as trouble:
        if trouble.trouble in (Trouble.EMPTY, Trouble.TOO_DEEP):
            raise
        return None
    return mail if any(mail.headers.get(name) for name in _MAIL_FIELDS) else None


def _tables(careful: Careful, one: Unpacked, *, alone: bool) -> Sequence[Table]:
    """The sheets of one part. Raises `Unreadable` where it is meant as a report and holds none that can be read."""
    part = one.part
    if one.opened:
        return ()
    if part.handler in TABLES:
        tables = careful.read(part.path, part.handler or "")
        if not any(table.height for table in tables):
            raise Unreadable(Trouble.EMPTY)
        return tables
    if alone or part.name.lower().endswith(MEANT):
        raise Unreadable(Trouble.UNSUPPORTED if part.size else Trouble.EMPTY)
    return ()


def _findings(seen: Seen, aim: Aim, language: Language) -> Iterator[dict[str, Any]]:
    compiled = compile_dataflow(aim.dataflow, aim.codelists)
    files: dict[str, list[Table]] = {}
    for part, table in seen.sheets:
        files.setdefault(part.path, []).append(table)
    for path, tables in files.items():
        for table in _reports(tables, aim.dataflow):
            for finding in _of_sheet(compiled, table, aim, language):
                yield {"part": path, **finding}


def _reports(tables: Sequence[Table], dataflow: Dataflow) -> Sequence[Table]:
    """The sheets of one file that would be taken for the report; where none would, all of them are spoken of."""
    found = [t for t in tables if find_header(dataflow, t.head(SEEN_ROWS)) and not explains(t.name, (dataflow,))]
    return found or tables


def _of_sheet(compiled: Compiled, table: Table, aim: Aim, language: Language) -> Iterator[dict[str, Any]]:
    head = table.head(SEEN_ROWS)
    shape = find_header(aim.dataflow, head)
    if shape is None:
        yield _about_sheet(table, refused.dataflow_unknown([aim.dataflow]), language)
    elif shape.missing:
        yield _about_sheet(table, refused.header_incomplete(table.name, aim.dataflow, shape.missing), language)
    else:
        nil = table.height <= SEEN_ROWS and is_nil(head[shape.header_row :])
        recognised = Recognised(aim.dataflow.id, aim.period, table, shape, nil)
        checked = check(compiled, recognised, Context(aim.period, aim.today))
        yield from (asdict(finding) for finding in checked.findings.told(language))


def _about_sheet(table: Table, why: Refused, language: Language) -> dict[str, Any]:
    """A sheet that is no report of this dataflow, as a finding about the whole sheet."""
    told = why.sentence[language] if why.sentence else sentence(why.refusal, language)
    return asdict(Finding(Severity.ERROR, why.refusal.value, table.name, 0, 0, "", "", told))


def _part(one: Unpacked, refusal: Refusal | None, language: Language) -> dict[str, Any]:
    part = one.part
    return {
        "path": part.path, "name": part.name, "media": part.media, "size": part.size, "sha256": part.sha256,
        "kind": _kind(part, "other" if part.text is None else "text"),
        "notes": list(one.notes), "signers": list(one.signers), "refused": _refused(refusal, language),
    }  # fmt: skip


def _kind(part: PartInfo, unknown: str) -> str:
    return _KINDS.get(part.handler, part.handler) if part.handler else unknown


def _sheet(part: PartInfo, table: Table) -> dict[str, Any]:
    return {"name": table.name, "part": part.path, "rows": [list(row) for row in table.rows()]}


def _refused(refusal: Refusal | None, language: Language) -> dict[str, str] | None:
    return None if refusal is None else {"code": refusal.value, "sentence": sentence(refusal, language)}
