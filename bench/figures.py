"""One measured figure: ours beside a peer's from the same run, and the bar that was set for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`ratio` is how many times better we are than the peer, or than the bar's own number where there is no peer.

    `least` and `hoped` are ratios where there is a peer, else values in `unit`. Where `lower` is better (memory, time),
    they are what may be reached at most.
    """

    what: str
    unit: str
    ours: float
    peer: float | None = None
    least: float | None = None
    hoped: float | None = None
    lower: bool = False

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def reached(self) -> str:
        """`hoped`, `yes`, `no`; empty where no bar was set."""
        value = self.ours if self.ratio is None else self.ratio
        if self.least is None or self.hoped is None:
            return ""
        sign = -1 if self.lower else 1
        return "hoped" if sign * value >= sign * self.hoped else "yes" if sign * value >= sign * self.least else "no"

    def __str__(self) -> str:
        peer = "" if self.peer is None else f", peer {self.peer:,.4g}, ratio {self.ratio:.2f}"
        bound = "at most" if self.lower else "at least"
        bar = "" if self.least is None else f"  ({bound} {self.least:,g}, hoped {self.hoped:,g})"
        return f"{self.what}: {self.ours:,.4g} {self.unit}{peer}{bar}"
