"""Files by hand: seal one for the gateway, open one that it sent, look at one as it would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import CONFIG, AsJson, Config
from gateway.cli.saying import fail, say, table

if TYPE_CHECKING:
    from gateway.release.sealing import OpenedFile

_WHY = {
    "needs_key": "it is not sealed for this key",
    "forged": "its signature, its recipients or a digest do not fit; do not believe what it says",
    "damaged": "it is damaged, or no sealed file",
    "unsupported": "it is sealed in a version that is not known here",
}


def seal(
    key: Annotated[Path, typer.Option("--key", help="Your private key file.")],
    to: Annotated[list[Path], typer.Option("--to", help="The gateway's public key file; more than once for others.")],
    dataflow: Annotated[str, typer.Option("--dataflow", help="Which report it is.")],
    period: Annotated[str, typer.Option("--period", help="2026-M11, 2026-Q4 …")],
    sender: Annotated[str, typer.Option("--sender", help="Your department's id.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILES]...", help="The files to seal; none say that there is nothing to report."),
    ] = None,
    recipient: Annotated[str, typer.Option("--recipient", help="The lead office's id.")] = "lead_office",
    sequence: Annotated[int, typer.Option("--sequence", help="Counts up; the present second by default.")] = 0,
    rows: Annotated[int | None, typer.Option("--rows", help="How many records the one file holds.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; a new file.")] = None,
) -> None:
    """Seal files as one report, signed by you."""
    from gateway.cli.opening import now
    from gateway.release.sealing import Report, seal_files

    found, at = _there(files or [], rows), now()
    target = out or Path(f"{dataflow}-{period}.sealed")
    report = Report(dataflow, period, sender, recipient, sequence or int(at.timestamp()))
    try:
        seal_files(found, target, key, to, report, at, rows)
    except UnicodeDecodeError:
        fail("A key file that was named is no key file.", 2)
    except ValueError as wrong:
        fail(f"This cannot be sealed: {wrong}. Are ids and the period written right, and each key given once?", 2)
    print(target)


def open_(
    file: Annotated[Path, typer.Argument(help="A sealed file.", exists=True, dir_okay=False)],
    key: Annotated[Path, typer.Option("--key", help="Your private key file.")],
    sender: Annotated[
        Path | None, typer.Option("--from", help="The sender's public key file; without it nothing is proven.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the files in it; none: only check.")] = None,
    json: AsJson = False,
) -> None:
    """Open a sealed file, and check everything in it."""
    from gateway.handler import Unreadable
    from gateway.release.sealing import open_file, read_public_file

    try:
        opened = open_file(file, _private_keys(key), read_public_file(sender) if sender else None, out)
    except Unreadable as trouble:
        fail(f"{file} cannot be opened: {_WHY.get(trouble.trouble.value, trouble.trouble.value)}.")
    if json:
        say({"manifest": opened.manifest, "proven": opened.proven, "written": opened.written})
    else:
        _tell(opened)


def inspect(
    file: Annotated[Path, typer.Argument(help="A mail, a workbook, a CSV file.")],
    dataflow: Annotated[str | None, typer.Option("--dataflow", help="Check it as this report.")] = None,
    period: Annotated[str | None, typer.Option("--period", help="For this period; the present month.")] = None,
    keys: Annotated[
        list[Path] | None, typer.Option("--key", help="Open with this key, or know this certificate; several.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="Open with these passwords, one a line.")
    ] = None,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Show what the gateway would see in a file, in the files within it, and find wrong. Records nothing."""
    from gateway.cli.inspecting import keys_from, report_on, show

    report = report_on(file, dataflow, config, period, keys_from(keys or [], password_file))
    if json:
        say(report)
    else:
        show(report)


def _there(files: list[Path], rows: int | None) -> list[Path]:
    for file in files:
        if not file.is_file():
            fail(f"There is no file {file}.", 2)
    if rows is not None and len(files) != 1:
        fail("--rows counts the records of one file.", 2)
    return files


def _private_keys(path: Path) -> tuple[bytes, ...]:
    """The sealing half of an officer's private key, or a gateway's `sealing.key`."""
    from gateway.keyring import load_private
    from gateway.keyring.lines import key_bytes, words

    kind = "sealing-private-key"
    text = path.read_text("utf-8")
    if any(line.startswith(kind) for line in text.splitlines()):
        return (key_bytes(words(text, kind, (1,))[0]),)
    return (load_private(path).sealing_private,)


def _tell(opened: OpenedFile) -> None:
    manifest = opened.manifest
    proof = "signed by the key given" if opened.proven else "NOT PROVEN: no key was given with --from"
    print(f"{manifest.dataflow} {manifest.period}: {manifest.sender} → {manifest.recipient}")
    print(f"sequence {manifest.sequence}, signed {manifest.signed:%Y-%m-%d %H:%M:%S} UTC, key {manifest.key}; {proof}")
    if manifest.nil:
        print("nothing to report for this period")
        return
    rows = [(file.name, file.rows, file.size, file.sha256) for file in manifest.files]
    table("hand-over list", ("file", "rows", "bytes", "SHA-256"), rows)
    for path in opened.written:
        print(path)
