"""What is judged, by what means, and what the examination comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.core.facts import Proof
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge.agreeing import Agreed
from gateway.judge.consents import Consent
from gateway.judge.documents import Document, Ignoring
from gateway.judge.expecting import Standings
from gateway.judge.explaining import Reply
from gateway.judge.explanation_given import Sayings
from gateway.judge.explanation_sources import Returned
from gateway.judge.marking import Marked
from gateway.judge.offered_keys import OfferedKey
from gateway.judge.proving import Policy
from gateway.judge.secrets import NoSecrets, Secrets
from gateway.judge.submissions import Found
from gateway.outside import Resolver
from gateway.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Case:
    """One arrival to be judged. `blocks` gives its bytes anew at each call; `foreign` is what the other side wrote.

    `size` is that of its bytes.
    """

    arrival: str
    channel: str
    account: str
    had: datetime
    officer: str | None
    blocks: Callable[[], Iterable[bytes]] = field(repr=False)
    foreign: Mapping[str, str] = field(default_factory=dict, repr=False)
    size: int = 0
    vouched: Proof | None = None  # by a one-time code given back, or by an administrator


@dataclass(frozen=True, slots=True)
class Means:
    """What judging needs.

    `policies` are by account. `standings` asks the ledger, where a file does not name its period itself; `said` what
    is explained of a report that goes back.
    """

    rules: Rules
    sandbox: Sandbox
    resolver: Resolver
    sealing_private: Sequence[bytes] = field(repr=False)
    sameness_key: bytes = field(repr=False)
    policies: Mapping[str, Policy]
    standings: Standings
    said: Sayings
    secrets: Secrets = field(default_factory=NoSecrets, repr=False)


@dataclass(frozen=True, slots=True)
class Examined:
    """What an arrival is, by its own content alone.

    Without a `proof` it will be quarantined, for the reason `refusal`, and may name an officer. `codes` are one-time
    codes in the text of an unproven mail. `marked` are copies of files with errors, for their sender. `agreed` is what
    a reply agrees to, `consents` are sealed lists of changes that are agreed to. `mended` are
    copies of files with their repairs.
    """

    proof: Proof | None = None
    refusal: Refusal | None = None
    names: str | None = None
    codes: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    files: tuple[Document, ...] = ()
    ignored: tuple[Ignoring, ...] = ()
    keys: tuple[OfferedKey, ...] = ()
    marked: tuple[Marked, ...] = ()
    agreed: Agreed | None = None
    consents: tuple[Consent, ...] = ()
    mended: tuple[Marked, ...] = ()
    reply: Reply | None = None
    lists: tuple[Returned, ...] = ()
