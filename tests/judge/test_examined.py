"""The examination of one arrival with a worker that can be told how to behave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof
from gateway.core.refusal import Refusal
from gateway.core.table import Table
from gateway.demo.senders import File
from gateway.handler import Trouble, Unreadable
from gateway.judge.case import Case, Examined, Means
from gateway.judge.documents import Document, has_uncovered_reports, open_documents
from gateway.judge.examine import examine
from gateway.judge.unpacking import Unpacked
from gateway.sandbox import Mail, PartInfo, Sandbox, Unsafe
from tests.judge.desk import CLINIC, HEADER, START, Desk, outcomes, report

FOLDER = Proof(ProofKind.FOLDER, CLINIC)
ROWS = [HEADER.split(","), ["1", "2026-11-01", "2026-12-01", "449921100201"]]


def part(
    path: str, name: str = "表.csv", handler: str | None = "csv_text", size: int = 9, text: str | None = None
) -> PartInfo:
    return PartInfo(path, name, "text/csv", size, f"sha of {path}", handler, b"", text)


@dataclass
class FakeSandbox:
    """Workers that give these parts. Reading one of `deadly` ends them, `troubles` says what reading others raises."""

    parts: tuple[PartInfo, ...] = ()
    deadly: frozenset[str] = frozenset()
    troubles: dict[str, Exception] = field(default_factory=dict)
    split_trouble: Exception | None = None
    sessions: int = 0

    @contextmanager
    def session(self) -> Iterator[FakeSandbox]:
        self.sessions += 1
        yield self

    def load(self, blocks: Any) -> int:
        return sum(map(len, blocks))

    def split(self) -> Mail:
        if self.split_trouble:
            raise self.split_trouble
        return Mail({}, None, self.parts, (), ())

    def read(self, path: str, handler: str) -> tuple[Table, ...]:
        if path in self.deadly:
            raise Unsafe("died")
        if path in self.troubles:
            raise self.troubles[path]
        return (Table.of_rows("", ROWS, ()),)

    def open(self, path: str, handler: str, secret: bytes, *, lasting: bool = False) -> Any:
        return self.read(path, handler)


def examined(desk: Desk, sandbox: FakeSandbox, officer: str | None = CLINIC) -> Examined:
    case = Case("A-1", "smtp", "smtp", START, officer, lambda: [b"mail"])
    means: Means = replace(desk.office.means, sandbox=cast(Sandbox, sandbox))
    return examine(case, means)


def refusals(found: Examined) -> list[str | None]:
    return [one.refusal and one.refusal.value for one in found.found]


def test_a_part_that_ends_the_worker_does_not_take_the_others_with_it(desk: Desk) -> None:
    sandbox = FakeSandbox((part("1"), part("2")), deadly=frozenset({"1"}))
    assert refusals(examined(desk, sandbox)) == ["unsafe", "period_unknown"]
    assert sandbox.sessions == 2


def test_after_five_such_parts_the_mail_itself_is_given_up(desk: Desk) -> None:
    parts = tuple(part(str(number)) for number in range(1, 8))
    sandbox = FakeSandbox(parts, deadly=frozenset(one.path for one in parts))
    found = examined(desk, sandbox)
    assert (found.refusal, found.found, sandbox.sessions) == (Refusal.UNSAFE_MAIL, (), 5)
    assert found.proof and found.proof.officer == CLINIC


def test_a_sealed_part_that_ends_the_worker_is_refused_alone(desk: Desk) -> None:
    sealed = desk.sealed(CLINIC, [report()])
    header = replace(part("1", "a.sealed", "sealed"), header=sealed.data[:6000])
    sandbox = FakeSandbox((header, part("2")), deadly=frozenset({"1"}))
    assert refusals(examined(desk, sandbox)) == ["unsafe", "period_unknown"]
    assert sandbox.sessions == 2


@pytest.mark.parametrize(
    ("trouble", "refusal"),
    [
        (Unsafe("timeout"), Refusal.UNSAFE_MAIL),
        (Unreadable(Trouble.TOO_DEEP), Refusal.TOO_DEEP),
        (Unreadable(Trouble.TOO_LARGE), Refusal.TOO_LARGE),
    ],
)
def test_a_mail_that_cannot_be_split_is_explained_to_the_proven_and_quarantined_of_others(
    desk: Desk, trouble: Exception, refusal: Refusal
) -> None:
    sandbox = FakeSandbox(split_trouble=trouble)
    known, unknown = examined(desk, sandbox), examined(desk, sandbox, None)
    assert (known.refusal, known.proof is None) == (refusal, False)
    assert (unknown.refusal, unknown.proof) == (refusal, None)


def test_what_a_part_s_reader_says_is_its_refusal(desk: Desk) -> None:
    troubles: dict[str, Exception] = {"1": Unreadable(Trouble.BOMB), "2": Unreadable(Trouble.ENCODING)}
    assert refusals(examined(desk, FakeSandbox((part("1"), part("2")), troubles=troubles))) == ["bomb", "encoding"]


def test_a_book_of_empty_sheets_is_empty() -> None:
    empty = open_documents(lambda *_: (Table.of_rows("a", [], ()),), [Unpacked(part("1"))], FOLDER)
    assert [one.refusal for one in empty.files] == [Refusal.EMPTY]


def test_the_words_of_a_mail_are_no_file_and_need_no_reason() -> None:
    words = Unpacked(part("1", "", None, text="见附件。"))
    documents = open_documents(lambda *_: (), [words, Unpacked(part("2", "空", None, 0))], FOLDER)
    assert (documents.files, documents.ignored) == ((), ())
    assert not has_uncovered_reports([words])


def test_what_is_sealed_and_no_table_is_explained(desk: Desk) -> None:
    sealed = desk.sealed(CLINIC, [File("说明.pdf", b"%PDF-1.4")])
    assert outcomes(desk.judge(desk.message(CLINIC, [sealed]))) == [("rejected", "unsupported")]


def test_a_header_without_rows_is_no_nil_return(desk: Desk) -> None:
    file = report(0)
    assert outcomes(desk.judge(desk.message(CLINIC, [file]), CLINIC)) == [("rejected", "empty")]


def test_a_document_without_a_proof_cannot_be() -> None:
    with pytest.raises(TypeError):
        open_documents(lambda *_: (), [Unpacked(part("1"))])  # type: ignore[call-arg]
    assert Document("1", "a", 0, "").tables == ()
