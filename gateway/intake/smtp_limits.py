"""How much one peer, and all of them together, may ask of the listener: connections, and failed logins."""

from __future__ import annotations

from collections import Counter, deque
from ipaddress import ip_address, ip_network

_WINDOW = 600.0  # seconds in which failed logins of one peer add up
_FAILURES = 20  # a whole department may sit behind one address
_PEERS = 10_000  # remembered at most


def peer_of(address: object) -> str:
    """Who a connection counts for: an IPv4 address, or the /64 that one IPv6 customer usually has."""
    host = str(address[0]) if isinstance(address, tuple) and address else ""
    try:
        number = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if number.version == 4:
        return host
    if number.ipv4_mapped is not None:
        return str(number.ipv4_mapped)
    return str(ip_network((number, 64), strict=False))


class Connections:
    """Counts open connections against a cap for all and one for each peer."""

    def __init__(self, total: int, per_peer: int) -> None:
        self.total = total
        self.per_peer = per_peer
        self._open: Counter[str] = Counter()
        self._count = 0

    def enter(self, peer: str) -> bool:
        """Whether one more may come in; if so it is counted until `leave`."""
        if self._count >= self.total or self._open[peer] >= self.per_peer:
            return False
        self._count += 1
        self._open[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        self._count -= 1
        self._open[peer] -= 1
        if not self._open[peer]:
            del self._open[peer]


class Failures:
    """Failed logins of each peer within the last ten minutes. `now` is any clock that only goes forward, in seconds."""

    def __init__(self, most: int = _FAILURES, window: float = _WINDOW) -> None:
        self.most = most
        self.window = window
        self._when: dict[str, deque[float]] = {}

    def too_many(self, peer: str, now: float) -> bool:
        when = self._when.get(peer)
        if when is None:
            return False
        while when and when[0] <= now - self.window:
            when.popleft()
        if not when:
            del self._when[peer]
        return len(when) >= self.most

    def add(self, peer: str, now: float) -> None:
        if len(self._when) >= _PEERS and peer not in self._when:
            del self._when[next(iter(self._when))]  # the one known longest
        self._when.setdefault(peer, deque(maxlen=self.most)).append(now)
