"""All measurements, one after the other, and one table of what was found.

    python -m bench [NAME …]

Short settings, so that it takes minutes; each module alone (`python -m bench.accept`) measures longer. Debian packages
that are missing are installed as root.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from bench import accept, checks, imap_drain, journal, memory, open_sealed, verify, whole
from bench.figures import Figure

BENCHES: dict[str, Callable[[], list[Figure]]] = {
    "accept": lambda: accept.figures(rounds=3, scale=0.7, shapes=accept.SHAPES[:2]),
    "whole": lambda: whole.figures(rounds=3, departments=60),
    "imap_drain": lambda: imap_drain.figures(rounds=2, mails=5_000),
    "checks": lambda: checks.figures(rounds=2),
    "open_sealed": lambda: open_sealed.figures(runs=5),
    "journal": lambda: journal.figures(rounds=3),
    "verify": lambda: verify.figures(count=500_000, rounds=2),
    "memory": memory.figures,
}


def show(figures: Sequence[Figure]) -> None:
    """The table: what, ours, the peer's, the ratio, the bar, and whether it was reached."""
    from rich.console import Console
    from rich.table import Table

    table = Table("what; its peer", "unit", title="medians of this run")
    for title in ("ours", "peer", "ratio", "at least", "hoped", "reached"):
        table.add_column(title, justify="right")
    for figure in figures:
        numbers = (figure.ours, figure.peer, figure.ratio, figure.least, figure.hoped)
        table.add_row(figure.what, figure.unit, *map(_number, numbers), figure.reached)
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHES)}; all if none is named")
    names = parser.parse_args().names or list(BENCHES)
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"no measurement {', '.join(unknown)}")
    figures = []
    for name in names:
        print(f"{name} …", flush=True)
        figures += BENCHES[name]()
    show(figures)


if __name__ == "__main__":
    main()
