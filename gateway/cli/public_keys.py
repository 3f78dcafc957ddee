"""The public halves that lie in a keys folder, read without any private one: whoever only verifies has none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.saying import fail

if TYPE_CHECKING:
    from gateway.journal.checkpoint import Verifier


def gateway_verifiers(keys: Path) -> list[Verifier]:
    """The gateway's keys for checkpoints and receipts, the current one first, then older ones."""
    from gateway.journal.checkpoint import Verifier
    from gateway.keyring.lines import BadLine, check_id, key_bytes, words
    from gateway.keyring.own import GATEWAY_PUBLIC

    found = []
    for path in [keys / "gateway.pub", *sorted(keys.glob("gateway-*.pub"), reverse=True)]:
        try:
            name, signing, _ = words(path.read_text("utf-8"), GATEWAY_PUBLIC, (3,))
            found.append(Verifier(check_id(name), key_bytes(signing)))
        except FileNotFoundError:
            fail(f"There is no {path}. It is made by: gateway init")
        except (BadLine, UnicodeDecodeError) as wrong:
            fail(f"{path} {wrong if isinstance(wrong, BadLine) else 'is not UTF-8'}.")
    return found
