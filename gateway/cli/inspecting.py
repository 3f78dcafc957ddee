"""What the gateway would see in a file, asked of the same sandbox, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.saying import cut, fail, table

if TYPE_CHECKING:
    from gateway.config.settings import SandboxSettings
    from gateway.core.period import Period
    from gateway.judge.inspect import Aim
    from gateway.judge.inspect_keys import Keys

_BLOCK = 1 << 20
_SHOWN_ROWS = 12


def report_on(
    file: Path, dataflow: str | None, config: Path, period: str | None = None, keys: Keys | None = None
) -> dict[str, Any]:
    """The report on one file. A configuration is needed only for a dataflow; without one the example's is taken."""
    from gateway.judge.formats import HANDLERS
    from gateway.judge.inspect import inspect
    from gateway.judge.inspect_keys import NO_KEYS
    from gateway.sandbox import Sandbox

    if file.is_dir() or not file.exists():
        fail(f"{file} is a folder; please name a file." if file.is_dir() else f"There is no file {file}.", 2)
    aim = _aim(dataflow, config, period) if dataflow else None
    with file.open("rb") as source, Sandbox(_limits(config), HANDLERS) as sandbox:
        return inspect(sandbox, file.name, iter(lambda: source.read(_BLOCK), b""), aim, keys=keys or NO_KEYS)


def keys_from(keys: list[Path], passwords: Path | None) -> Keys:
    """From files: keys and certificates of any kind that we open with, and passwords, one a line."""
    from gateway.judge.inspect_keys import keys_of
    from gateway.keyring import BadLine

    texts = [_text(path) for path in keys]
    words = [line for line in _text(passwords).splitlines() if line] if passwords else []
    for path, text in zip(keys, texts, strict=True):
        try:
            keys_of([text])
        except BadLine as bad:
            fail(f"{path} {bad}.", 2)
    return keys_of(texts, words)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"{path} cannot be read as text.", 2)


def show(report: dict[str, Any]) -> None:
    """The same for people."""
    print(f"kind: {report['kind']}")
    if report["refused"]:
        print(f"refused: {report['refused']['code']}  {report['refused']['sentence']}")
    if report["kind"] == "mail" or len(report["parts"]) > 1:
        table("parts", ("part", "name", "kind", "bytes", "noted", "refused"), [_part(part) for part in report["parts"]])
    for part in report["parts"]:
        for signer in part["signers"]:
            print(f"part {part['path']} is signed by {signer}")
    for sheet in report["sheets"]:
        _show_sheet(sheet)
    if report["findings"]:
        found = [
            (f["severity"], f["sheet"], _place(f), f["value"], f["sentence"], f["repair"]) for f in report["findings"]
        ]
        table("findings", ("", "sheet", "cell", "value", "what", "suggested"), found)


def _part(part: dict[str, Any]) -> tuple[object, ...]:
    """A line for a part, set in as deep as it lies."""
    name = "  " * part["path"].count("/") + part["name"]
    refused = (part["refused"] or {}).get("code")
    return part["path"], name, part["kind"], part["size"], " ".join(part["notes"]), refused


def _show_sheet(sheet: dict[str, Any]) -> None:
    rows: list[list[str]] = sheet["rows"]
    width = max(map(len, rows), default=0)
    told = [(number, *map(cut, row)) for number, row in enumerate(rows[:_SHOWN_ROWS], 1)]
    table(f"{cut(sheet['name']) or 'sheet'}: {len(rows)} rows", ("", *_letters(width)), told)
    if len(rows) > _SHOWN_ROWS:
        print(f"… and {len(rows) - _SHOWN_ROWS} more rows; --json shows all")


def _letters(width: int) -> Iterator[str]:
    """Columns as a spreadsheet names them."""
    for number in range(1, width + 1):
        name = ""
        while number:
            number, rest = divmod(number - 1, 26)
            name = chr(65 + rest) + name
        yield name


def _place(finding: dict[str, Any]) -> str:
    if not finding["row"]:
        return ""
    letters = list(_letters(finding["column"]))
    return f"{letters[-1] if letters else ''}{finding['row']}"


def _limits(config: Path) -> SandboxSettings:
    """The sandbox as this installation has it; as it is by default where there is none."""
    from dataclasses import replace

    from gateway.cli.opening import installation_or_none
    from gateway.config.settings import SandboxSettings

    found = installation_or_none(config)
    return replace(found.sandbox if found else SandboxSettings(), workers=1)


def _aim(dataflow: str, config: Path, period: str | None) -> Aim:
    """Only dataflows and code lists are read: a file may be checked where there are no keys."""
    from gateway.cli.opening import now
    from gateway.config.codelists import read_codelists
    from gateway.config.dataflows import read_dataflows
    from gateway.config.files import Files
    from gateway.config.init import EXAMPLE
    from gateway.config.mistakes import Mistakes, guess
    from gateway.core.calendar import local_day
    from gateway.judge.inspect import Aim

    files = Files(config if (config / "gateway.toml").exists() else EXAMPLE, Mistakes())
    codelists = read_codelists(files)
    dataflows, _ = read_dataflows(files, codelists)
    if dataflow not in dataflows:
        fail(f"There is no dataflow {dataflow}. {guess(dataflow, dataflows)}", 2)
    wrong = [mistake for mistake in files.mistakes.found if mistake.file == f"dataflows/{dataflow}.toml"]
    if wrong:
        fail("\n".join(map(str, wrong)), 2)
    county = files.toml("county.toml")
    today = local_day(now(), str(county.raw.get("zone", "UTC")) if county else "UTC")
    return Aim(dataflows[dataflow], codelists, _period(period, today), today)


def _period(text: str | None, today: date) -> Period:
    """The period that is meant: the present month, unless it is said."""
    from gateway.core.period import Frequency, Period

    if text is None:
        return Period.containing(today, Frequency.MONTHLY)
    try:
        return Period.parse(text)
    except ValueError:
        fail(f"{text} is no period. Periods are written 2026-M11, 2026-Q4, 2026-S2, 2026-A1 or as a day.", 2)
