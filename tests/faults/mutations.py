"""The `gateway` command, with one promise broken on purpose: `GATEWAY_MUTATION` says which, none when it is empty.

Each mutation is a mistake that somebody could make. A test that stays green under it proves nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any


def fsync_off() -> None:
    """Commits are not synced to the disk."""
    from gateway.store import database

    database.SYNCHRONOUS = "OFF"


def acknowledged_early() -> None:
    """The `250` goes out when the bytes are here, not when they are durable."""
    from gateway.outside import Envelope
    from gateway.store.draft import Draft

    commit = Draft.commit

    def early(draft: Draft, envelope: Envelope) -> Future[str]:
        asked: list[Any] = []
        submit = draft._submit
        draft._submit = lambda request: (asked.append(request), submit(request))[1]
        commit(draft, envelope)
        done: Future[str] = Future()
        done.set_result(asked[-1].arrival)
        return done

    Draft.commit = early  # type: ignore[method-assign]


def sent_before_written() -> None:
    """A letter is handed over before its fact is recorded."""
    from gateway.core.message import message_id
    from gateway.perform import answering, writing

    compose = writing.compose
    last: dict[str, Any] = {}

    def composed(letter: str, text: Any, sender: str, recipient: str, *rest: Any, **named: Any) -> bytes:
        data = compose(letter, text, sender, recipient, *rest, **named)
        last.update(letter=letter, data=data, recipient=recipient, sender=sender)
        return data

    start_letter = writing.start_letter

    def started(office: Any, *arguments: Any, **named: Any) -> Any:
        class Eager:
            def transact(self, decide: Any, about: str | None = None) -> Any:
                if named.get("outlet", "mail") == "mail":
                    letter_id = message_id(last["letter"], last["sender"])
                    office.outlets["mail"].send(last["data"], letter_id, last["recipient"])
                return office.store.transact(decide, about)

            def __getattr__(self, name: str) -> Any:
                return getattr(office.store, name)

        return start_letter(replace(office, store=Eager()), *arguments, **named)

    writing.compose = composed
    for module in (answering, writing):
        module.start_letter = started  # type: ignore[attr-defined]


def random_message_id() -> None:
    """Each time a letter is handed over it has another Message-ID."""
    from gateway.outlet.mail import MailOutlet

    send = MailOutlet.send

    def sent(outlet: MailOutlet, letter: bytes, message_id: str, recipient: str) -> None:
        other = f"<{secrets.token_hex(8)}@elsewhere.example>"
        send(outlet, letter.replace(message_id.encode(), other.encode()), other, recipient)

    MailOutlet.send = sent  # type: ignore[method-assign]


MUTATIONS: dict[str, Callable[[], None]] = {
    "fsync_off": fsync_off,
    "acknowledged_early": acknowledged_early,
    "sent_before_written": sent_before_written,
    "random_message_id": random_message_id,
}


def mutate() -> None:
    """Break the promise that the environment names."""
    if wanted := os.environ.get("GATEWAY_MUTATION"):
        MUTATIONS[wanted]()


def pytest_configure() -> None:
    """As a pytest plugin: the tests of this run meet the mutant."""
    mutate()


if __name__ == "__main__":
    from gateway.cli import main

    mutate()
    main()
