"""Examinations in processes of their own: the same dossiers, and whose trouble it is when one ends."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any
from unittest import mock

import pytest

from gateway.core.facts import Judged
from gateway.judge import examiner, examiners
from gateway.judge.case import Case, Means
from gateway.judge.dossier import Dossier, draw_up
from gateway.judge.examiners import (
    Assignment,
    BlockOf,
    Broken,
    Examiners,
    Failure,
    Instructions,
    SayingsOf,
    StandingsOf,
    Workplace,
)
from gateway.judge.resolver import SystemResolver
from gateway.judge.secrets import NoSecrets
from gateway.outside import Temporary
from gateway.perform import judging
from gateway.perform.together import Failed
from gateway.wiring import HANDLERS
from tests.judge import queried
from tests.judge.desk import CLINIC, HEALTH, OTHER, START, Desk, outcomes, report

PLACE = Workplace(HANDLERS, 1 << 30, timedelta(seconds=20), 1 << 28, "best")
LONG = 60.0


def means_of(desk: Desk) -> Means:
    """What another process can be told of: the desk's DNS and passwords are the tests' own."""
    return replace(desk.office.means, resolver=SystemResolver(), secrets=NoSecrets())


def case_of(data: bytes, arrival: str = "A-1", officer: str | None = CLINIC, size: int | None = None) -> Case:
    return Case(arrival, "smtp", "smtp", START, officer, lambda: [data[:70], data[70:]], size=size or len(data))


def cases_of(desk: Desk) -> list[Case]:
    """A sealed report, one that names no period and may be any open one, one with findings, a stranger's, nothing."""
    return [
        case_of(desk.message(CLINIC, [desk.sealed(CLINIC, [report()])])),
        case_of(desk.message(CLINIC, [report(name="表.csv")]), "A-2"),
        case_of(desk.message(CLINIC, [report(sex="9")]), "A-3", size=examiners.FEW + 1),
        case_of(desk.message("nobody@elsewhere.example", [report()]), "A-4", None),
        case_of(b"", "A-5"),
    ]


def ready(pool: Examiners) -> None:
    until = time.monotonic() + 120
    while not pool.are_ready(wanted=True):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def pool() -> Iterator[Examiners]:
    with closing(Examiners(PLACE, 1)) as pool:
        ready(pool)
        yield pool


def plain(found: Any) -> Any:
    """A dossier as it can be compared: each sheet's values are a function of its own in each process."""
    if not isinstance(found, Dossier):
        return found
    told = [(one.checked and (one.checked.rows, one.checked.findings.errors), one.repaired and one.repaired.changes)
            for one in found.examined.found]  # fmt: skip
    bare = tuple(replace(one, checked=None, repaired=None) for one in found.examined.found)
    return replace(found.examined, found=bare), found.details, found.tables, told


def test_a_dossier_is_the_same_wherever_it_was_drawn_up(desk: Desk, pool: Examiners) -> None:
    means, cases = means_of(desk), cases_of(desk)
    there = list(pool.draw_up(cases, means, LONG))
    here = [draw_up(case, means) for case in cases]
    assert [len(one.examined.found) for one in here] == [1, 1, 1, 0, 0]
    assert list(map(plain, there)) == list(map(plain, here))


def test_so_is_the_copy_that_goes_back_with_what_was_explained_before(desk: Desk, pool: Examiners) -> None:
    queried.send(desk, queried.report(queried.WRONG))
    queried.answer(desk, "3：双胞胎")
    means = means_of(desk)
    case = case_of(desk.message(HEALTH, [queried.report(queried.WRONG)]), officer=HEALTH)
    (there,) = pool.draw_up([case], means, LONG)
    here = draw_up(case, means)
    assert isinstance(there, Dossier)
    for found in (there, here):
        [marked] = found.examined.marked
        assert queried.lines(marked.data)["C3"][0] == "已说明"


def test_rules_that_change_are_told(desk: Desk, pool: Examiners) -> None:
    case, means = replace(cases_of(desk)[0], officer=None), means_of(desk)
    (first,) = pool.draw_up([case], means, LONG)
    keyless = replace(means, rules=replace(means.rules, keys={}))
    (second,) = pool.draw_up([case], keyless, LONG)
    assert isinstance(first, Dossier) and first.examined.proof
    assert isinstance(second, Dossier) and second.examined.refusal


def test_what_was_not_begun_in_time_is_left(desk: Desk, pool: Examiners) -> None:
    assert len(list(pool.draw_up(cases_of(desk), means_of(desk), 0.0))) == 1


def test_who_takes_what_there_is_and_asks_for_no_more_does_not_end_it(desk: Desk, pool: Examiners) -> None:
    cases, means = cases_of(desk), means_of(desk)
    with mock.patch.object(Examiners, "_start", side_effect=AssertionError("another one")):
        for _ in range(2):
            drawn = pool.draw_up(cases, means, LONG)
            assert all(isinstance(next(drawn), Dossier) for _ in cases)
            drawn.close()  # type: ignore[attr-defined]
        assert len(list(pool.draw_up(cases, means, 0.0))) == 1
        assert len(list(pool.draw_up(cases[:1], means, LONG))) == 1


def test_trouble_with_the_vault_is_the_callers_and_another_takes_its_place(desk: Desk, pool: Examiners) -> None:
    def locked() -> Iterator[bytes]:
        yield b"From: a@b.example\r\n"
        raise Temporary("the database is locked")

    good = cases_of(desk)[0]
    with pytest.raises(Temporary):
        list(pool.draw_up([replace(good, blocks=locked, size=examiners.FEW + 1)], means_of(desk), LONG))
    assert len(list(pool.draw_up([good], means_of(desk), LONG))) == 1


def test_an_examiner_that_ends_is_the_trouble_of_the_case_whose_turn_it_was(desk: Desk) -> None:
    """Its command says that it is ready, takes what it is told, and dies."""
    script = (
        "import sys; from multiprocessing.connection import Connection as C;"
        "c = C(int(sys.argv[1])); c.recv(); c.send(None); c.recv(); c.recv()"
    )
    with closing(Examiners(PLACE, 1, (sys.executable, "-c", script))) as pool:
        ready(pool)
        with pytest.raises(Broken):
            list(pool.draw_up(cases_of(desk), means_of(desk), LONG))


def test_where_no_process_can_be_started_none_is_ready() -> None:
    with closing(Examiners(PLACE, 3, ("/nowhere/at-all",))) as pool:
        assert not pool.are_ready(wanted=True)


def test_one_that_ends_before_it_is_ready_leaves_the_daemon_to_examine() -> None:
    with closing(Examiners(PLACE, 2, (sys.executable, "-c", "raise SystemExit(1)"))) as pool:
        until = time.monotonic() + 20
        while not pool._begun or any(one._process.poll() is None for one in pool._begun):
            assert not pool.are_ready(wanted=True) and time.monotonic() < until
        assert not pool.are_ready(wanted=True)


def test_of_several_all_can_be_had(desk: Desk) -> None:
    case, means = cases_of(desk)[4], means_of(desk)
    with closing(Examiners(PLACE, 2)) as pool:
        ready(pool)
        first, second = pool.draw_up([case], means, LONG), pool.draw_up([case], means, LONG)
        assert isinstance(next(first), Dossier) and isinstance(next(second), Dossier)
        assert [*first, *second] == []


# --- many arrivals at the desk ---


class Elsewhere:
    """Stands for the processes: draws up here, and says what was given to it."""

    def __init__(self, *answers: Temporary | Broken | None, can_start: bool = True) -> None:
        self.is_ready, self.can_start, self.given, self.answers = False, can_start, 0, answers

    def are_ready(self, wanted: bool) -> bool:
        self.is_ready = self.is_ready or (wanted and self.can_start)
        return self.is_ready

    def draw_up(self, cases: Sequence[Case], means: Means, seconds: float) -> Iterator[Dossier | Temporary]:
        self.given += len(cases)
        answers = iter(self.answers)
        for case in cases:
            match next(answers, None):
                case Broken() as broken:
                    raise broken
                case Temporary() as trouble:
                    yield trouble
                case None:
                    yield draw_up(case, means)


def arrivals(desk: Desk, count: int) -> list[str]:
    senders = [CLINIC, OTHER]
    return [
        desk.arrive(desk.message(senders[n % 2], [desk.sealed(senders[n % 2], [report(n + 1)], n + 1)]))
        for n in range(count)
    ]


def at(desk: Desk, elsewhere: Elsewhere) -> Elsewhere:
    desk.performer.office = replace(desk.office, examiners=elsewhere)
    return elsewhere


def judged(desk: Desk, count: int = judging.MANY) -> list[Judged]:
    came = arrivals(desk, count)
    desk.settle()
    return [desk.verdict(arrival) for arrival in came]


def test_once_many_came_together_all_are_given_away(desk: Desk) -> None:
    elsewhere = at(desk, Elsewhere())
    desk.judge(desk.message(CLINIC, [report()]), CLINIC)
    assert elsewhere.given == 0
    with mock.patch.dict("gateway.perform.together.LANES", clear=True):
        judged(desk)
    assert elsewhere.given == judging.MANY
    desk.judge(desk.message(CLINIC, [report(7)]), CLINIC)
    assert elsewhere.given == judging.MANY + 1


def test_nobody_is_started_for_few() -> None:
    with mock.patch.object(Examiners, "_start", side_effect=AssertionError("started")):
        assert not Examiners(PLACE, 1).are_ready(wanted=False)


def test_until_they_are_ready_everything_is_examined_here(desk: Desk) -> None:
    elsewhere = at(desk, Elsewhere(can_start=False))
    with mock.patch.dict("gateway.perform.together.LANES", clear=True):
        assert ("accepted", None) in {one for verdict in judged(desk) for one in outcomes(verdict)}
    assert elsewhere.given == 0


def test_temporary_trouble_of_one_leaves_the_others_their_verdicts(desk: Desk) -> None:
    at(desk, Elsewhere(None, Temporary("the DNS does not answer")))
    with mock.patch.dict("gateway.perform.together.LANES", clear=True):
        came = arrivals(desk, judging.MANY)
        desk.settle()
    assert len(desk.facts(Judged)) == judging.MANY - 1
    desk.clock.turn(minutes=5)
    desk.settle()
    assert all(desk.verdict(arrival) for arrival in came)


def test_one_that_broke_is_named(desk: Desk) -> None:
    at(desk, Elsewhere(None, None, Broken("died")))
    came = arrivals(desk, judging.MANY)
    run = desk.performer.owed(desk.clock.now())
    with pytest.raises(Failed) as failed:
        judging.judge(desk.office, [duty for duty in run if duty.id.startswith("judge/")])  # type: ignore[misc]
    assert failed.value.duty.id == f"judge/{came[2]}"


# --- the process, as it is from inside ---


@contextmanager
def served(desk: Desk, ended: list[BaseException]) -> Iterator[Connection]:
    """`serve` in a thread, at the desk's own sandbox; what ended it is noted."""
    ours, theirs = Pipe()

    def run() -> None:
        try:
            examiner.serve(theirs)
        except BaseException as error:
            ended.append(error)

    @contextmanager
    def shared(*_: object) -> Iterator[object]:
        yield desk.site.sandbox

    with mock.patch.object(examiner, "Sandbox", shared), mock.patch("gc.freeze"):
        thread = threading.Thread(target=run)
        thread.start()
        ours.send(PLACE)
        assert ours.recv() is None
        told = means_of(desk)
        ours.send(Instructions({name: getattr(told, name) for name in examiners.TOLD}))
        yield ours
        ours.close()
        thread.join(20)
        assert not thread.is_alive()


def test_it_asks_for_blocks_and_for_standings(desk: Desk) -> None:
    ended: list[BaseException] = []
    data = cases_of(desk)[1].blocks()
    with served(desk, ended) as pipe:
        pipe.send(Assignment([(replace(case_of(b""), blocks=tuple), None)], LONG))
        for number, block in enumerate((*data, b"")):
            assert pipe.recv() == BlockOf(0, first=number == 0)
            pipe.send(block)
        assert pipe.recv() == StandingsOf("bailu_clinic", START)
        pipe.send(desk.office.means.standings("bailu_clinic", START))
        assert plain(pipe.recv()) == plain(draw_up(replace(cases_of(desk)[1], arrival="A-1"), means_of(desk)))
        few = cases_of(desk)[3]
        pipe.send(Assignment([(replace(few, blocks=tuple), b"".join(few.blocks()))], LONG))
        assert plain(pipe.recv()) == plain(draw_up(few, means_of(desk)))
    assert [type(one) for one in ended] == [EOFError]


def test_it_asks_what_was_said_to_the_same_queries_before(desk: Desk) -> None:
    queried.send(desk, queried.report(queried.WRONG))
    queried.answer(desk, "3：双胞胎")
    data, ended = desk.message(HEALTH, [queried.report(queried.WRONG)]), list[BaseException]()
    with served(desk, ended) as pipe:
        pipe.send(Assignment([(replace(case_of(data, officer=HEALTH), blocks=tuple), data)], LONG))
        assert pipe.recv() == StandingsOf("health", START)
        pipe.send(desk.office.means.standings("health", START))
        asked = pipe.recv()
        assert isinstance(asked, SayingsOf) and asked.saying.obligation == queried.OBLIGATION
        pipe.send(desk.office.means.said(asked.saying))
        [marked] = pipe.recv().examined.marked
        assert queried.lines(marked.data)["C3"][0] == "已说明"
    assert [type(one) for one in ended] == [EOFError]


def failing(error: Exception) -> Callable[..., Dossier]:
    def draw_up(*_: object) -> Dossier:
        raise error

    return draw_up


def test_temporary_trouble_is_told_and_it_goes_on(desk: Desk) -> None:
    ended: list[BaseException] = []
    cases = [(replace(case, blocks=tuple), b"") for case in cases_of(desk)[:2]]
    with served(desk, ended) as pipe, mock.patch.object(examiner, "draw_up", failing(Temporary("no DNS"))):
        pipe.send(Assignment(cases, LONG))
        assert [type(pipe.recv()) for _ in range(2)] == [Temporary, Temporary]
        pipe.send(Assignment(cases, 0.0))
        assert [type(pipe.recv()) for _ in range(2)] == [Temporary, type(None)]
    assert [type(one) for one in ended] == [EOFError]


def test_its_own_trouble_is_told_by_its_places_and_ends_it(desk: Desk) -> None:
    ended: list[BaseException] = []
    cases = [(replace(case, blocks=tuple), b"") for case in cases_of(desk)[:2]]
    with served(desk, ended) as pipe, mock.patch.object(examiner, "draw_up", failing(KeyError("张三"))):
        pipe.send(Assignment(cases, LONG))
        told = pipe.recv()
        assert isinstance(told, Failure) and told.kind == "KeyError" and "张三" not in repr(told)
        assert told.places[-1].startswith("test_examiners.py:")
    assert [type(one) for one in ended] == [EOFError]


def test_a_daemon_that_went_away_ends_it(desk: Desk) -> None:
    ended: list[BaseException] = []
    with served(desk, ended) as pipe, mock.patch.object(examiner, "draw_up", failing(EOFError())):
        pipe.send(Assignment([(replace(case_of(b""), blocks=tuple), b"")], LONG))
        until = time.monotonic() + 20
        while not ended and time.monotonic() < until:
            time.sleep(0.01)
    assert [type(one) for one in ended] == [EOFError]


def test_as_a_program_it_ends_in_peace() -> None:
    ours, theirs = Pipe()
    ours.close()
    with mock.patch.object(sys, "argv", ["examiner", str(theirs.fileno())]):
        examiner.main()
    theirs._handle = None  # type: ignore[attr-defined]  # its number was closed by `main`


def test_a_failure_is_raised_as_broken(desk: Desk) -> None:
    script = (
        "import sys; from multiprocessing.connection import Connection as C;"
        "from gateway.judge.examiners import Failure;"
        "c = C(int(sys.argv[1])); c.recv(); c.send(None); c.recv(); c.recv(); c.send(Failure('KeyError', ('a.py:1',)))"
    )
    with closing(Examiners(PLACE, 1, (sys.executable, "-c", script))) as pool:
        ready(pool)
        with pytest.raises(Broken) as broken:
            list(pool.draw_up(cases_of(desk)[:1], means_of(desk), LONG))
    assert broken.value.args == ("KeyError", "a.py:1")
