"""The journal as one file, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.facts import Fact
from gateway.journal import codec, export, tables
from gateway.journal.checkpoint import Checkpoint, Untrue
from gateway.store.database import open_engine
from gateway.store.schema import bring_up
from tests.journal.evidence import SINGLE, SIZE, Evidence, make_evidence
from tests.journal.world import fold, metadata, open_store, url_of


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return make_evidence(tmp_path_factory.mktemp("export"))


NOTES = b'"notes":%d,' % (SINGLE + 1)


def load(path: Path, lines: list[bytes]) -> Checkpoint:
    engine = open_engine(url_of(path), "write")
    with engine.begin() as connection:
        bring_up(connection, [metadata])
        last = export.load(connection, lines, fold)
    engine.dispose()
    return last


def test_an_export_holds_every_fact_and_every_checkpoint_in_order(evidence: Evidence) -> None:
    store = open_store(evidence.state)
    facts = [fact for _, fact in store.entries()]
    items = list(export.read(evidence.export.read_bytes().splitlines(keepends=True)))
    store.close()
    assert [item[1] for item in items if not isinstance(item, Checkpoint)] == facts
    notes = [item for item in items if isinstance(item, Checkpoint)]
    assert [note.size for note in notes] == [*range(1, SINGLE + 1), SIZE]
    for note in notes:
        note.check([evidence.key])


def test_a_journal_loaded_from_an_export_goes_on_where_the_other_ended(evidence: Evidence, tmp_path: Path) -> None:
    last = load(tmp_path / "other.db", evidence.export.read_bytes().splitlines(keepends=True))
    first, second = open_store(evidence.state), open_store(tmp_path / "other.db")
    assert first.latest() == second.latest() == last
    assert list(first.entries()) == list(second.entries())
    assert second.known("main", ["7.42", "7.43"]) == {"7.42"}
    assert second.receipt_proof(5) == first.receipt_proof(5)
    with second.view() as view:
        assert view.count() == last.size
    first.close()
    second.close()


def test_an_export_of_the_older_form_is_loaded_too(evidence: Evidence, tmp_path: Path) -> None:
    head, *lines = evidence.export.read_bytes().splitlines(keepends=True)
    assert head.startswith(b'{"journal":2,')
    older = head.replace(b":2,", b":1,", 1).replace(NOTES, b"")
    assert load(tmp_path / "a.db", [older, *lines]) == load(tmp_path / "b.db", [head, *lines])


def changed(lines: list[bytes], at: int, line: bytes | None) -> list[bytes]:
    return [*lines[:at], *([] if line is None else [line]), *lines[at + 1 :]]


def test_an_export_that_is_damaged_is_not_loaded(evidence: Evidence, tmp_path: Path) -> None:
    lines = evidence.export.read_bytes().splitlines(keepends=True)
    head, fact, note = lines[0], lines[3], lines[4]
    damaged = [
        [],
        [b"{\n"],
        [b"[]\n"],
        changed(lines, 0, head.replace(b":2,", b":1,", 1)),
        changed(lines, 0, head.replace(b":", b": ", 1)),
        changed(lines, 0, head.replace(b'"size":%d' % SIZE, b'"size":"%d"' % SIZE)),
        changed(lines, 0, head.replace(b'"size":%d' % SIZE, b'"size":%d' % (SIZE - 1))),
        lines[:-1],
        changed(lines, 3, None),
        changed(lines, 3, fact.replace(b"C1", b"C2")),
        changed(lines, 3, fact.replace(b":", b": ", 1)),
        changed(lines, 3, fact[:-1]),
        changed(lines, 4, note.replace(b'"checkpoint":', b'"checkpoint": ')),
        changed(lines, 4, b'{"checkpoint":\n'),
        changed(lines, 4, b'{"checkpoint":7}\n'),
        changed(lines, 4, note.replace(b"\\n2\\n", b"\\n3\\n")),
        [b'{"journal":2,"keys":[],"notes":0,"size":0}\n'],
        [b'{"journal":1,"keys":[],"size":0}\n'],
        [b'{"journal":2,"keys":[],"size":0}\n'],
        changed(lines, 0, head.replace(NOTES, b'"notes":"%d",' % (SINGLE + 1))),
        changed(lines, 4, None),
    ]
    for number, bad in enumerate(damaged):
        with pytest.raises((Untrue, codec.Malformed)):
            load(tmp_path / f"{number}.db", bad)


def test_an_export_of_an_empty_journal_is_its_first_line(tmp_path: Path) -> None:
    engine = open_engine(url_of(tmp_path / "empty.db"), "write")
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        lines = list(export.write(connection, []))
    assert lines == [b'{"journal":2,"keys":[],"notes":0,"size":0}\n']
    nothing: list[tuple[bytes, Fact] | Checkpoint] = list(export.read(lines))
    assert nothing == []
    engine.dispose()
