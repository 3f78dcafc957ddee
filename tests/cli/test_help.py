"""`--help` answers at once, for every command, and says what each is for."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from tests.cli.command import gateway

COMMANDS = (
    "init", "check", "run", "demo", "board", "show", "verify", "export", "backup", "restore", "seal", "open", "agree",
    "inspect", "dataflows", "kit", "key new", "key list", "key confirm", "key revoke", "key own", "key certificate",
    "officer add", "officer password", "extension grant", "quarantine list", "quarantine show", "quarantine admit",
    "quarantine discard", "ledger rebuild",
)  # fmt: skip
HEAVY = (
    "aiosmtpd", "apscheduler", "argon2", "dkim", "duckdb", "imap_tools", "jinja2", "nacl", "orjson", "polars",
    "pysqlite3", "python_calamine", "rich", "sqlalchemy", "structlog", "uvloop", "watchdog", "xlsxwriter",
)  # fmt: skip
SECONDS = 1.0  # 0.25 is promised of a machine that does nothing else
_ASK = "import sys; from gateway.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_is_for(command: str) -> None:
    said = gateway(*command.split(), "--help")
    assert said.code == 0
    assert said.err == ""
    assert "Usage: gateway " + command in said.out


def test_no_command_is_left_out_of_the_list() -> None:
    from gateway.cli.app import app

    alone = {command.name for command in app.registered_commands}
    grouped = {f"{g.name} {c.name}" for g in app.registered_groups for c in g.typer_instance.registered_commands}
    assert alone | grouped == set(COMMANDS)


def test_the_overview_cuts_no_sentence_short() -> None:
    said = gateway("--help")
    assert said.code == 0
    assert "..." not in said.out.partition("Commands:")[2]


def test_help_answers_at_once() -> None:
    assert min(_seconds() for _ in range(5)) < SECONDS


@pytest.mark.parametrize("words", ["--help", *(f"{command} --help" for command in COMMANDS)])
def test_help_loads_nothing_heavy(words: str) -> None:
    asked = subprocess.run([sys.executable, "-c", _ASK, *words.split()], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in asked.stderr.split()}
    assert "gateway" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("words", ["", "key", "nonsense", "board --nonsense", "show"])
def test_a_command_that_is_not_one_is_told_how_to_ask(words: str) -> None:
    said = gateway(*words.split())
    assert said.code == 2
    assert "Usage: gateway" in said.out + said.err


def _seconds() -> float:
    """Of the processor: how long a busy machine lets it wait says nothing about us."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", _ASK, "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
