"""The store acknowledges only what is durable, in order, all of it or nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from gateway import vault
from gateway.core.facts import Began, Erased, Fact, Received, Restored, Sent
from gateway.journal import codec
from gateway.journal.checkpoint import Checkpoint
from gateway.outside import Envelope, Temporary
from gateway.store import Decision, Recorded, Store, backup, database, restore
from gateway.store.database import Unfit
from gateway.store.writer import Writer
from gateway.vault import CHUNK, Unopenable
from tests.journal.every_fact import AT
from tests.journal.world import KEYS, ORIGIN, CountedChance, TurnedClock, fold, metadata, open_store, url_of

SMTP = Envelope("smtp", "main", AT, foreign={"from": "someone@example.org"})
MAIL = Envelope("imap", "box", AT, source="7.42")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = open_store(path)
    yield store
    store.close()


def take(store: Store, data: bytes, envelope: Envelope = SMTP) -> Future[str]:
    draft = store.begin()
    for start in range(0, len(data), 300_000):
        if (waiting := draft.write(data[start : start + 300_000])) is not None:
            waiting.result()
    return draft.commit(envelope)


def facts(store: Store) -> list[Fact]:
    return [fact for _, fact in store.entries()]


def sent(number: int) -> Sent:
    return Sent(AT, f"L{number}", "mail")


class Held:
    """Holds the writer before its next commit, so that what comes meanwhile must share the one after."""

    def __init__(self, store: Store) -> None:
        self.go, reached = threading.Event(), threading.Event()
        store.transact(lambda view: (reached.set(), self.go.wait(20), Decision(()))[2])
        reached.wait(20)


def broken(code: int, name: str) -> Callable[..., None]:
    """A commit that fails the way SQLite does."""

    def commit(*_: object) -> None:
        error = pysqlite3.OperationalError(name)
        error.sqlite_errorcode = code
        raise OperationalError("COMMIT", None, error)

    return commit


# --- recording ---


def test_a_new_journal_says_how_it_began(store: Store) -> None:
    assert facts(store) == [Began(TurnedClock().now(), ORIGIN, 1)]
    store.latest().check([store.verifier])


def test_facts_are_recorded_in_order_under_a_signed_checkpoint(store: Store) -> None:
    assert store.append([sent(1), sent(2)]).result() == Recorded((1, 2), 3)
    assert store.append([sent(3)]).result() == Recorded((3,), 4)
    assert facts(store)[1:] == [sent(1), sent(2), sent(3)]
    assert store.latest().size == 4
    with store.view() as view:
        assert view.count() == 4


def test_what_comes_during_one_commit_shares_the_next(store: Store) -> None:
    held = Held(store)
    waiting = [store.append([sent(number)]) for number in range(50)]
    held.go.set()
    assert {future.result().size for future in waiting} == {51}
    assert [future.result().indexes for future in waiting] == [(number,) for number in range(1, 51)]


def test_what_one_thread_asks_together_waits_until_all_of_it_is_asked(store: Store) -> None:
    with store.together():
        first = store.append([sent(1)])
        other = threading.Thread(target=lambda: store.append([sent(2)]).result(20))
        other.start()
        other.join(20)
        assert not first.done()
        second = store.transact(lambda view: Decision((sent(3),)))
    assert (first.result(20).indexes, second.result(20)[0].indexes) == ((2,), (3,))


def test_what_was_asked_together_is_recorded_though_its_thread_met_trouble(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.together():
        recorded = store.append([sent(1)])
        raise ZeroDivisionError
    assert recorded.result(20).indexes
    assert store.append([sent(2)]).result(20).indexes  # and nothing is held back any more


def test_a_decision_about_one_thing_sees_what_was_recorded_of_it_before(store: Store) -> None:
    held, seen = Held(store), []

    def counted(number: int) -> Callable[[Any], Decision]:
        return lambda view: (seen.append(view.count()), Decision((sent(number),)))[1]

    for number, about in enumerate(("a", "b", "a", None)):
        last = store.transact(counted(number), about)
    held.go.set()
    assert last.result()[0].indexes == (4,)
    # The second need not wait for the first to be written; the third must, and the fourth sees everything.
    assert seen == [1, 1, 3, 4]


def test_a_decision_about_one_thing_waits_for_what_may_change_anything(store: Store) -> None:
    held, seen = Held(store), []
    store.append([sent(1)])
    last = store.transact(lambda view: (seen.append(view.count()), Decision((sent(2),)))[1], "a")
    store.append([sent(3)], about="b")
    after = store.transact(lambda view: (seen.append(view.count()), Decision(()))[1], "b")
    held.go.set()
    assert (last.result()[0].indexes, after.result()[0].indexes) == ((2,), ())
    assert seen == [2, 4]


def test_everything_is_there_when_opened_again(path: Path) -> None:
    first = open_store(path)
    arrival = take(first, b"report").result()
    blob = next(fact.blob for fact in facts(first) if isinstance(fact, Received))
    first.append([sent(number) for number in range(600)]).result()
    before = first.latest()
    first.close()
    second = open_store(path)
    assert second.latest() == before
    assert [fact.arrival for fact in facts(second) if isinstance(fact, Received)] == [arrival]
    assert second.read_all(blob, 10) == b"report"
    assert second.append([sent(1)]).result().indexes == (before.size,)
    second.close()


def test_two_processes_may_write_in_turn(path: Path) -> None:
    first, second = open_store(path), open_store(path, chance=_OtherChance())
    for number in range(5):
        assert first.append([sent(number)]).result().indexes == (2 * number + 1,)
        assert second.append([sent(number)]).result().indexes == (2 * number + 2,)
    second.latest().check([first.verifier])
    first.close()
    second.close()


class _OtherChance(CountedChance):
    def __init__(self) -> None:
        self.count = 1_000_000


# --- deciding ---


def test_a_decision_sees_everything_before_it_even_in_the_same_group(store: Store) -> None:
    held = Held(store)
    store.append([sent(1)])
    decided = [store.transact(lambda view: Decision((sent(2),), (), view.count())) for _ in range(3)]
    held.go.set()
    assert [future.result() for future in decided] == [(Recorded((at,), 5), at) for at in (2, 3, 4)]


def test_a_decision_that_fails_writes_nothing_and_harms_nobody(store: Store) -> None:
    def refuse(view: Any) -> Decision:
        raise KeyError("no such obligation")

    held = Held(store)
    before, failed, after = store.append([sent(1)]), store.transact(refuse), store.append([sent(2)])
    held.go.set()
    assert (before.result().indexes, after.result().indexes) == ((1,), (2,))
    with pytest.raises(KeyError):
        failed.result()


def test_a_fact_that_cannot_be_written_is_refused_to_its_caller_alone(store: Store) -> None:
    bad = Sent(AT.replace(tzinfo=None), "L", "mail")
    with pytest.raises(codec.Malformed):
        store.append([bad])
    with pytest.raises(codec.Malformed):
        store.transact(lambda view: Decision((sent(1), bad))).result()
    assert store.append([sent(1)]).result().indexes == (1,)


def test_a_fact_that_the_ledger_cannot_take_spoils_only_its_own_request(path: Path) -> None:
    def picky(connection: Connection, entries: Any) -> None:
        fold(connection, entries)
        if any(isinstance(fact, Sent) and fact.letter == "L13" for _, fact in entries):
            raise ZeroDivisionError

    store = open_store(path, fold=picky)
    held = Held(store)
    waiting = [store.append([sent(number)]) for number in (12, 13, 14)]
    held.go.set()
    with pytest.raises(ZeroDivisionError):
        waiting[1].result()
    assert (waiting[0].result().indexes, waiting[2].result().indexes) == ((1,), (2,))
    with store.view() as view:
        assert view.count() == 3
    store.close()


def test_maintenance_runs_in_the_writers_transaction_and_is_undone_when_it_fails(store: Store) -> None:
    def half_done(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM seen")
        raise LookupError

    with pytest.raises(LookupError):
        store.maintain(half_done).result()
    assert (
        store.maintain(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM seen").scalar()).result()
        == 1
    )


def test_a_request_whose_caller_went_away_before_it_began_is_not_done(store: Store) -> None:
    held = Held(store)
    gone, kept = store.append([sent(1)]), store.append([sent(2)])
    assert gone.cancel()
    held.go.set()
    kept.result()
    assert facts(store)[1:] == [sent(2)]


def test_listeners_are_called_after_each_commit(store: Store) -> None:
    called = threading.Event()
    store.listen(called.set)
    store.append([sent(1)]).result()
    assert called.wait(5)


# --- arrivals ---


@pytest.mark.parametrize("size", [0, 5_000, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_an_arrival_of_any_size_is_recorded_with_its_bytes(store: Store, size: int) -> None:
    data = os.urandom(size)
    arrival = take(store, data).result()
    received = next(fact for fact in facts(store) if isinstance(fact, Received))
    assert (received.arrival, received.size, received.had) == (arrival, size, AT)
    assert arrival.startswith("A-20261005-") and len(arrival) == 19
    assert b"".join(store.read(received.blob)) == store.read_all(received.blob, size) == data
    assert store.meta(received.blob) == {"from": "someone@example.org"}
    with pytest.raises(Unopenable):
        store.read_all(received.blob, size - 1)


def test_a_source_that_is_known_gives_the_first_arrival_and_records_nothing(store: Store) -> None:
    first = take(store, b"report", MAIL).result()
    held = Held(store)
    again = [
        take(store, b"report", envelope)
        for envelope in (MAIL, replace(MAIL, source="7.43"), replace(MAIL, source="7.43"))
    ]
    elsewhere = take(store, b"report", replace(MAIL, account="other"))
    held.go.set()
    ids = [future.result() for future in again]
    assert ids[0] == first != ids[1] == ids[2]
    assert elsewhere.result() not in ids
    assert len(facts(store)) == 4
    assert store.known("box", ["7.42", "7.43", "7.44"]) == {"7.42", "7.43"}


def test_a_discarded_draft_leaves_nothing_behind(store: Store) -> None:
    small, large = store.begin(), store.begin()
    small.write(b"x")
    waiting = large.write(bytes(2 * CHUNK))
    assert waiting is not None and large.size == 2 * CHUNK
    waiting.result()
    small.discard()
    large.discard()
    count = store.maintain(lambda connection: connection.scalar(select(func.count()).select_from(vault.chunks)))
    assert count.result() == 0
    assert len(facts(store)) == 1


def test_chunks_of_an_arrival_that_never_ended_are_swept_a_day_later(path: Path) -> None:
    clock = TurnedClock()
    first = open_store(path, clock=clock)
    waiting = first.begin().write(bytes(2 * CHUNK))
    assert waiting is not None
    waiting.result()
    first.close()
    left = []
    for hours in (23, 2):
        clock.turn(hours=hours)
        store = open_store(path, clock=clock)
        count = select(func.count()).select_from(vault.chunks)
        left.append(store.maintain(lambda connection, count=count: connection.scalar(count)).result())
        store.close()
    assert left == [1, 0]


def test_an_arrival_of_which_a_chunk_was_not_stored_is_not_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = store.begin()
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_commit", broken(13, "database or disk is full"))
        waiting = draft.write(bytes(2 * CHUNK))
        assert waiting is not None
        with pytest.raises(Temporary):
            waiting.result()
    with pytest.raises(Temporary):
        draft.commit(SMTP).result()
    assert len(facts(store)) == 1


def test_erasing_is_a_fact_and_the_bytes_are_gone_from_the_files(store: Store, path: Path) -> None:
    kept = store.keep(b"report", {"a": "b"})
    seed, chunk = kept.seed, kept.pending[0][1]
    store.append([sent(1)], [kept]).result()
    on_disk = lambda: b"".join(file.read_bytes() for file in path.parent.iterdir())  # noqa: E731
    assert seed in on_disk() and chunk in on_disk()
    store.append([Erased(AT, (kept.id,), "retention")]).result()
    store.append([sent(2)]).result()
    with pytest.raises(Unopenable):
        store.read_all(kept.id, 10)
    assert seed not in on_disk() and chunk not in on_disk()


# --- trouble ---


@pytest.mark.parametrize(("code", "name"), [(13, "full"), (5, "locked"), (8, "readonly"), (262, "locked table")])
def test_trouble_that_may_pass_is_told_to_all_who_wait_and_nothing_is_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    before = store.latest()
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_commit", broken(code, name))
        held = Held(store)
        waiting: list[Future[Any]] = [store.append([sent(1)]), take(store, b"report")]
        held.go.set()
        for future in waiting:
            with pytest.raises(Temporary):
                future.result()
        assert not store.ready()
    assert store.latest() == before
    assert store.append([sent(2)]).result().indexes == (before.size,)
    assert store.ready()
    assert len(facts(store)) == before.size + 1


@pytest.mark.parametrize("code", [10, 10 | 4 << 8, 11, 26])
def test_a_failed_fsync_or_a_corrupt_file_ends_the_process(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    reasons: list[str] = []
    store = open_store(path, die=reasons.append)
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_commit", broken(code, "disk I/O error"))
        with pytest.raises(Temporary):
            store.append([sent(1)]).result()
    store.close()
    assert reasons == ["the database failed: OperationalError"]


def test_a_tree_that_does_not_lead_to_its_checkpoint_ends_the_process(path: Path) -> None:
    store = open_store(path)
    store.append([sent(number) for number in range(9)]).result()
    store.maintain(lambda connection: connection.exec_driver_sql("UPDATE journal SET leaf = zeroblob(32)")).result()
    store.close()
    reasons: list[str] = []
    store = open_store(path, die=reasons.append)
    with pytest.raises(Temporary):
        store.append([sent(1)]).result()
    store.close()
    assert reasons == ["the database failed: Unfit"]


def test_a_listener_that_fails_ends_the_process_because_nothing_would_be_written_any_more(path: Path) -> None:
    reasons: list[str] = []
    store = open_store(path, die=reasons.append)
    store.listen(lambda: 1 // 0)
    store.append([sent(1)]).result()
    store.close()
    assert reasons == ["the writer failed: ZeroDivisionError"]


def test_another_process_that_holds_the_database_is_trouble_that_passes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MILLISECONDS", 50)
    store = open_store(path)
    other = pysqlite3.connect(str(path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Temporary):
        store.append([sent(1)]).result()
    other.execute("ROLLBACK")
    other.close()
    assert store.append([sent(1)]).result().indexes == (1,)
    store.close()


def test_a_full_disk_is_refused_before_it_is_full(path: Path) -> None:
    store = open_store(path, watermark=1 << 60)
    assert not store.ready()
    store.close()


def test_a_closed_store_finishes_what_was_asked_and_takes_nothing_more(path: Path) -> None:
    store = open_store(path)
    held = Held(store)
    waiting = [store.append([sent(number)]) for number in range(3)]
    threading.Timer(0.05, held.go.set).start()
    store.close()
    assert [future.result().indexes for future in waiting] == [(1,), (2,), (3,)]
    with pytest.raises(Temporary):
        store.append([sent(4)]).result()
    store.close()


CRASH = """
import os, sys
from pathlib import Path
from gateway.store.writer import Writer
from tests.test_store import open_store, sent
when, path = sys.argv[1], Path(sys.argv[2])
store = open_store(path)
store.append([sent(1)]).result()
print("acknowledged", flush=True)
commit = Writer._commit
def crash(self, transaction):
    if when == "after":
        commit(self, transaction)
    os._exit(9)
Writer._commit = crash
store.append([sent(2)]).result()
print("acknowledged", flush=True)
"""


@pytest.mark.parametrize(("when", "there"), [("before", 2), ("after", 3)])
def test_a_crash_at_the_commit_loses_nothing_acknowledged_and_leaves_a_sound_journal(
    path: Path, when: str, there: int
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CRASH, when, str(path)], capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    assert (ended.returncode, ended.stdout) == (9, "acknowledged\n")
    store = open_store(path)
    assert len(facts(store)) == there
    assert store.append([sent(3)]).result().indexes == (there,)
    assert store.receipt_proof(1).checkpoint.size == 2
    store.close()


def test_every_commit_is_synced_to_the_disk(store: Store) -> None:
    def ask(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "secure_delete")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert store.maintain(ask).result() == ["wal", 2, 1]


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(Temporary), store._snapshot() as connection:
        connection.exec_driver_sql("DELETE FROM journal")
    assert len(facts(store)) == 1


# --- which databases ---


@pytest.mark.parametrize("version", ["3.40.1", "3.44.5", "3.50.6", "3.51.2", "3.7.0"])
def test_a_sqlite_that_can_corrupt_is_refused(version: str) -> None:
    with pytest.raises(Unfit):
        database.refuse_unsafe(version)


@pytest.mark.parametrize("version", ["3.44.6", "3.50.7", "3.51.3", "3.53.4", "4.0.0"])
def test_a_sqlite_that_was_mended_is_taken(version: str) -> None:
    database.refuse_unsafe(version)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://localhost/x"])
def test_only_a_sqlite_file_can_hold_the_state(url: str) -> None:
    with pytest.raises(Unfit):
        database.open_engine(url, "write")


def test_the_state_of_another_gateway_is_refused(path: Path) -> None:
    open_store(path).close()
    with pytest.raises(Unfit):
        open_store(path, origin="elsewhere.example/county")


# --- backup ---


def test_a_backup_is_one_file_that_begins_a_new_era_when_put_back(store: Store, path: Path, tmp_path: Path) -> None:
    take(store, b"report").result()
    store.append([sent(1)]).result()
    backup(url_of(path), tmp_path / "backup")
    lost = store.append([sent(2), sent(3)]).result()
    known = store.receipt_proof(lost.indexes[0]).checkpoint
    checkpoint = restore(
        tmp_path / "backup", tmp_path / "back.db", KEYS, TurnedClock(), known, fold=fold, schema=[metadata]
    )
    back = open_store(tmp_path / "back.db")
    assert back.latest() == checkpoint
    assert checkpoint.origin == f"{ORIGIN}/era2"
    before, era = facts(back)[:-1], facts(back)[-1]
    assert before == facts(store)[:3]
    assert isinstance(era, Restored)
    assert (era.era, era.own_size, era.known_size, era.known_root) == (2, 3, 5, known.root.hex())
    assert back.read_all(next(fact.blob for fact in before if isinstance(fact, Received)), 10) == b"report"
    back.append([sent(4)]).result()
    back.latest().check([back.verifier])
    back.close()
    assert sorted(file.name for file in tmp_path.iterdir() if "back" in file.name) == ["back.db", "backup"]


def test_a_second_restore_begins_a_third_era(store: Store, path: Path, tmp_path: Path) -> None:
    backup(url_of(path), tmp_path / "one")
    restore(tmp_path / "one", tmp_path / "two.db", KEYS, TurnedClock(), fold=fold, schema=[metadata])
    backup(url_of(tmp_path / "two.db"), tmp_path / "two")
    third = restore(tmp_path / "two", tmp_path / "three.db", KEYS, TurnedClock(), fold=fold, schema=[metadata])
    assert (third.origin, third.size) == (f"{ORIGIN}/era3", 3)
    with pytest.raises(Unfit):
        open_store(tmp_path / "three.db", origin=f"{ORIGIN}/er")


def test_a_backup_never_overwrites_and_a_restore_neither(store: Store, path: Path, tmp_path: Path) -> None:
    backup(url_of(path), tmp_path / "backup")
    with pytest.raises(FileExistsError):
        backup(url_of(path), tmp_path / "backup")
    with pytest.raises(FileExistsError):
        restore(tmp_path / "backup", path, KEYS, TurnedClock())
    with pytest.raises(Unfit):
        restore(path, tmp_path / "new.db", KEYS, TurnedClock())
    assert Checkpoint.parse(store.latest().note) == store.latest()
