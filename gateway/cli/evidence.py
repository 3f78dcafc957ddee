"""Evidence: verify it, hand it out, keep it, bring it back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.opening import database_of, installation, installation_or_none, must_have_state, opened
from gateway.cli.options import CONFIG, AsJson, Commands, Config
from gateway.cli.saying import fail, say

if TYPE_CHECKING:
    from gateway.config.settings import Settings
    from gateway.journal.checkpoint import Checkpoint
    from gateway.journal.verify import Key
    from gateway.ledger.rebuild import Difference

_Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILES]...", help="Exports, states, receipts.")]


def verify(
    files: _Files = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", help="A key you trust, NAME+ID+BASE64; more than once.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Hold the files against this installation's state too.")] = False,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Check the journal: live state, exports, receipts.

    Without files the live state is checked; several files are checked each in itself and against each other.
    """
    from gateway.journal import verify as verification

    paths = _there(files or ())
    needs_state = live or not paths
    settings = installation(config) if needs_state else installation_or_none(config)
    keys = _trusted(key or (), settings)
    if needs_state and settings:
        paths.append(must_have_state(settings))
    good, wrong = verification.verify(paths, keys)
    if json:
        say({"verified": not wrong, "said": good, "wrong": wrong, "keys": [name for name, _ in keys]})
    else:
        print(*good, *(f"WRONG  {sentence}" for sentence in wrong), sep="\n")
        if not keys:
            print("no key was given: signatures were checked with the keys that an export carries, if any")
    raise typer.Exit(1 if wrong else 0)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; an older export is replaced.")],
    config: Config = CONFIG,
) -> None:
    """Write the journal as one file to verify anywhere.

    It holds no personal data.
    """
    from gateway.cli.public_keys import gateway_verifiers
    from gateway.journal import export as exporting
    from gateway.store import database

    settings = installation(config)
    must_have_state(settings)
    if file.exists() and (not file.is_file() or file.open("rb").read(11) != b'{"journal":'):
        fail(f"{file} is there and is no export; nothing was written.")
    engine = database.open_engine(settings.database, "read")
    beside = file.with_name(file.name + ".part")
    try:
        with engine.connect() as connection, connection.begin(), beside.open("wb") as out:
            for line in exporting.write(connection, gateway_verifiers(settings.keys)):
                out.write(line)
        _durably(beside, file)
    finally:
        engine.dispose()
        beside.unlink(missing_ok=True)
    print(file)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    config: Config = CONFIG,
) -> None:
    """Save the whole state as one consistent file.

    The daemon may run meanwhile. Keys and configuration are not in it.
    """
    from gateway.store.backup import backup as back_up

    settings = installation(config)
    must_have_state(settings)
    if file.exists():
        fail(f"{file} is there already; nothing was written.")
    back_up(settings.database, file)
    print(f"{file}: {file.stat().st_size} bytes. Keep config/, keys/ and credentials/ as well.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", exists=True, dir_okay=False)],
    receipt: Annotated[
        list[Path] | None,
        typer.Option("--receipt", help="Receipts or checkpoints sent since; they say how much is known to be lost."),
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Put a backup where the state was lost. A new era begins, and its first fact says what is missing."""
    from gateway.store import StoreKeys
    from gateway.store.backup import restore as bring_back
    from gateway.vault import VaultKeys
    from gateway.wiring import SystemClock, own_keys

    settings = installation(config)
    target, own = database_of(settings), own_keys(settings)
    for old in (target, target.with_name(target.name + "-wal")):
        if old.exists():
            fail(f"{old} is there. If it is beyond repair, move it away (with -wal and -shm) and keep it.")
    known = _highest(receipt or (), settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    keys = StoreKeys(VaultKeys(own.vault_public, own.recovery_public, own.vault_private), own.signing_seed)
    begun = bring_back(file, target, keys, SystemClock(), known)
    lost = max(0, known.size - (begun.size - 1)) if known else 0
    print(f"{target}: {begun.size - 1} facts brought back, and the era {begun.origin} begins.")
    print(f"Known to be lost: {lost} facts." if known else "No receipt was given, so nothing is known of what is lost.")
    print("Ask the departments for what they sent since, and check with: gateway verify")


def rebuild(
    check: Annotated[bool, typer.Option("--check", help="Only compare, and change nothing.")] = False,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Make the ledger anew from the journal; with --check, prove that both agree."""
    differences = _ledger_differences(installation(config)) if check else []
    facts = None if check else _rebuilt(config)
    if json:
        say({"agree": not differences, "differences": [str(one) for one in differences], "rebuilt_from": facts})
    elif check:
        print(*(differences or ("ledger and journal agree",)), sep="\n")
    else:
        print(f"The ledger was made anew from {facts} facts.")
    raise typer.Exit(1 if differences else 0)


def _there(files: Sequence[Path]) -> list[Path]:
    for path in files:
        if not path.is_file():
            fail(f"There is no file {path}.", 2)
    return list(files)


def _trusted(given: Sequence[str], settings: Settings | None) -> list[Key]:
    """The keys that were named; else this installation's own."""
    from gateway.cli.public_keys import gateway_verifiers
    from gateway.journal.verify import Key, Wrong

    try:
        if given or settings is None:
            return [Key.parse(text) for text in given]
        return [Key(one.name, one.public) for one in gateway_verifiers(settings.keys)]
    except Wrong as wrong:
        fail(f"--key: {wrong}.", 2)


def _highest(files: Sequence[Path], settings: Settings) -> Checkpoint | None:
    """The highest checkpoint that these receipts and checkpoint letters prove."""
    from gateway.journal import verify as verification
    from gateway.journal.checkpoint import Checkpoint

    keys, found = _trusted((), settings), []
    for file in files:
        try:
            data = file.read_bytes()
            note = data.decode() if data[:1] != b"{" else str(verification.check_receipt(data, keys)[0]["checkpoint"])
            verification.open_note(note, keys)
        except (verification.Wrong, ValueError, KeyError, TypeError, AttributeError) as wrong:
            fail(f"{file} proves nothing: {wrong if isinstance(wrong, verification.Wrong) else 'it is no receipt'}.", 2)
        found.append(Checkpoint.parse(note))
    return max(found, key=lambda checkpoint: checkpoint.size, default=None)


def _ledger_differences(settings: Settings) -> list[Difference]:
    from gateway.ledger import rebuild as rebuilding
    from gateway.store import database
    from gateway.store.schema import entries

    must_have_state(settings)
    engine = database.open_engine(settings.database, "read")
    with engine.connect() as connection, connection.begin():
        found = rebuilding.check(connection, entries(connection))
    engine.dispose()
    return found


def _rebuilt(config: Path) -> int:
    from gateway.ledger import rebuild as rebuilding
    from gateway.store.schema import entries

    with opened(config) as (_, store):
        return store.maintain(lambda connection: rebuilding.rebuild(connection, entries(connection))).result()


def _durably(beside: Path, file: Path) -> None:
    """Under its name only once every byte is on the disk."""
    with beside.open("rb") as written:
        os.fsync(written.fileno())
    beside.replace(file)


LEDGER_COMMANDS: Commands = {"rebuild": rebuild}
