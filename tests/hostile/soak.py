"""The whole hostile corpus: `python -m tests.hostile.soak [SHEETS] [MAILS] [SEED]`, by default 3,000 and 450.

Each ends in content or in a sentence, within its limits; after every death of a worker a good report is taken at once.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable

import structlog

from tests.hostile.corpus import Specimen, mails, sheets
from tests.hostile.trial import PATIENCE, SECONDS, SLACK, Outcome, Trial, trial

_OURS = 5.0  # seconds of the daemon's own processor time for one file
_MOST_DEATHS = 5  # parts of one mail that may each cost a worker


def check(judging: Trial, specimen: Specimen) -> Outcome:
    """Judge one; it must stay within its limits, and a worker's death must not be felt by the next report."""
    outcome = judging.judge(specimen)
    told = specimen.kind, specimen.way, specimen.name, len(specimen.data)
    about = (*told, outcome.said, outcome.seconds, outcome.spent)
    most = (SECONDS + SLACK) * (1 + len(outcome.deaths))
    assert outcome.spent < most and outcome.seconds < most * PATIENCE, about
    assert outcome.ours < _OURS, (about, outcome.ours)
    assert len(outcome.deaths) <= _MOST_DEATHS, about
    if outcome.deaths:
        judging.recovers()
    return outcome


def _run(judging: Trial, title: str, specimens: Iterable[Specimen]) -> None:
    begun, outcomes = time.monotonic(), []
    for number, specimen in enumerate(specimens, 1):
        try:
            outcomes.append(check(judging, specimen))
        except BaseException:
            print(f"{title} number {number - 1}: {specimen.kind}, {specimen.way}, {specimen.name!r}", flush=True)
            raise
        if number % 500 == 0:
            print(f"{title}: {number}", flush=True)
    seconds = time.monotonic() - begun
    print(f"{title}: {len(outcomes)} in {seconds:.0f} s")
    print("  said:", dict(Counter(said for outcome in outcomes for said in outcome.said).most_common()))
    print("  workers that died:", dict(Counter(death for outcome in outcomes for death in outcome.deaths)))
    print(f"  the daemon's own: {sum(o.ours for o in outcomes):.0f} s, at most {max(o.memory for o in outcomes)} MiB")
    slowest = sorted(outcomes, key=lambda outcome: -outcome.spent)[:6]
    for outcome in [*slowest, *sorted(outcomes, key=lambda outcome: -outcome.memory)[:3]]:
        told, said = outcome.specimen, ",".join(sorted(set(outcome.said)))
        ours = f"{outcome.ours:.2f} s and {outcome.memory} MiB ours"
        cost = f"{outcome.seconds:6.2f} s ({outcome.spent:.2f} s of work, {ours})"
        print(f"  {cost} {told.kind:5} {told.way:28} {len(told.data):>9} bytes  {said} {','.join(outcome.deaths)}")


def main(count: int = 3_000, letters: int = 450, seed: int = 1) -> None:
    """All of it, with what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with trial() as judging:
        calm = min(judging.recovers() for _ in range(20))
        _run(judging, "sheets", sheets(seed, 0, count))
        _run(judging, "mails", mails(seed, 0, letters))
        after = min(judging.recovers() for _ in range(20))
        print(f"a good report: {calm * 1000:.0f} ms before, {after * 1000:.0f} ms after")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
