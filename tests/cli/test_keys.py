"""Keys: drawn, compared, told, revoked; and the configuration holds together afterwards."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway import keyring
from gateway.config.load import load
from gateway.config.sql import untried
from gateway.keyring.lines import fingerprint, parse_public, public_line
from tests.cli.command import at, gateway
from tests.cli.conftest import Played


def keys_of(folder: Path) -> dict[str, dict[str, object]]:
    return {key["key"]: key for key in gateway("key", "list", *at(folder), "--json").json}


def test_a_new_key_is_drawn_where_there_is_no_installation(in_folder: Path) -> None:
    made = gateway("key", "new", "housing.reporter", "--number", "7", "--json").json
    private, public = in_folder / "housing.reporter-7.key", in_folder / "housing.reporter-7.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert made["fingerprint"] in public.read_text()
    secrets = private.read_text().split()[-4:-2]
    assert [len(secret) for secret in secrets] == [44, 44]
    assert not any(secret in public.read_text() for secret in secrets)


def test_a_new_key_is_never_written_over_another(in_folder: Path) -> None:
    assert gateway("key", "new", "housing.reporter").code == 0
    before = {path: path.read_bytes() for path in in_folder.iterdir()}
    said = gateway("key", "new", "housing.reporter")
    assert said.code == 1
    assert "is there already" in said.err
    assert before == {path: path.read_bytes() for path in in_folder.iterdir()}


@pytest.mark.parametrize("name", ["", "Two Words", "../up", "a..b"])
def test_a_key_has_an_id_that_may_name_a_file(in_folder: Path, name: str) -> None:
    assert gateway("key", "new", "--", name).code == 2
    assert not list(in_folder.iterdir())


WHY = ("--reason", "by telephone")


def test_a_key_that_an_officer_sent_is_compared_and_taken_in(own: Path, in_folder: Path) -> None:
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json
    words = ("key", "confirm", made["public"], *made["fingerprint"].split(), *WHY, "--by", "wang", *at(own))
    assert gateway(*words).code == 0
    listed = keys_of(own)[made["key"]]
    assert (listed["state"], listed["officer"]) == ("valid", "housing.reporter")
    assert listed["confirmed"]
    assert load(own / "config", sql=untried).rules.officer("housing.reporter").keys == (made["key"],)


def test_why_it_was_compared_is_kept_encrypted(own: Path, in_folder: Path) -> None:
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json
    gateway("key", "confirm", made["public"], made["fingerprint"], *WHY, *at(own))
    gateway("export", own / "journal", *at(own))
    (fact,) = [line for line in (own / "journal").read_text().splitlines() if '"kind":"key_confirmed"' in line]
    assert '"version":2' in fact
    assert '"reason":"' in fact
    assert "telephone" not in fact


@pytest.mark.parametrize(
    "spelling",
    [
        lambda digits: digits.replace(" ", ""),
        lambda digits: digits.replace(" ", "-"),
        lambda digits: f"  {digits}  ",
        lambda digits: digits.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}),
    ],
)
def test_digits_count_however_they_are_grouped(own: Path, in_folder: Path, spelling: Callable[[str], str]) -> None:
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json
    assert gateway("key", "confirm", made["public"], spelling(made["fingerprint"]), *WHY, *at(own)).code == 0


@pytest.mark.parametrize("place", [0, 17, 39])
def test_a_key_of_which_one_digit_differs_is_not_taken_in(own: Path, in_folder: Path, place: int) -> None:
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json
    digits = made["fingerprint"].replace(" ", "")
    wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    said = gateway("key", "confirm", made["public"], wrong, *WHY, *at(own))
    assert said.code == 1
    assert "do not use this key" in said.err
    assert digits[:5] not in said.err + said.out  # whoever does not hear them cannot copy them
    assert made["key"] not in keys_of(own)
    gateway("export", own / "journal", *at(own))
    assert "key_confirmed" not in (own / "journal").read_text()


@pytest.mark.parametrize("less", [lambda d: d[:-1], lambda d: d + "0", lambda d: d[:5], lambda d: "x" + d[1:]])
def test_only_the_whole_fingerprint_is_compared(own: Path, in_folder: Path, less: Callable[[str], str]) -> None:
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json
    said = gateway("key", "confirm", made["public"], less(made["fingerprint"].replace(" ", "")), *WHY, *at(own))
    assert said.code == 2
    assert "forty digits" in said.err
    assert made["key"] not in keys_of(own)


def test_without_digits_a_person_is_asked_for_them(own: Path) -> None:
    no = gateway("key", "confirm", "health.reporter-2026", *WHY, *at(own), stdin="0" * 40 + "\n")
    assert no.code == 1
    assert not keys_of(own)["health.reporter-2026"]["confirmed"]
    digits = keys_of(own)["health.reporter-2026"]["fingerprint"]
    yes = gateway("key", "confirm", "health.reporter-2026", *WHY, *at(own), stdin=f"{digits}\n")
    assert yes.code == 0
    assert keys_of(own)["health.reporter-2026"]["confirmed"]


def test_a_key_is_not_compared_without_a_reason(own: Path) -> None:
    digits = keys_of(own)["health.reporter-2026"]["fingerprint"]
    assert gateway("key", "confirm", "health.reporter-2026", digits, *at(own)).code == 2
    assert not keys_of(own)["health.reporter-2026"]["confirmed"]


def test_a_key_of_an_officer_that_there_is_not_is_refused(own: Path, in_folder: Path) -> None:
    made = gateway("key", "new", "nobody.here", "--folder", in_folder, "--json").json
    said = gateway("key", "confirm", made["public"], made["fingerprint"], *WHY, *at(own))
    assert said.code == 2
    assert "no such officer" in said.err


@pytest.mark.parametrize(("signing", "sealing"), [(bytes(32), None), (None, bytes(32))])
def test_bytes_that_are_no_point_of_the_curve_are_no_key(
    own: Path, in_folder: Path, signing: bytes | None, sealing: bytes | None
) -> None:
    gateway("key", "new", "housing.reporter", "--folder", in_folder)
    (public,) = in_folder.glob("*.pub")
    key = parse_public(public.read_text())
    broken = replace(key, signing=signing or key.signing, sealing=sealing or key.sealing)
    public.write_text(public_line(broken))
    said = gateway("key", "confirm", public, fingerprint(broken.signing, broken.sealing), *WHY, *at(own))
    assert said.code == 2
    assert "draw a new one" in said.err


def test_a_key_does_not_take_another_ones_place(own: Path, in_folder: Path) -> None:
    """Neither under its id, nor the same key under another."""
    made = gateway("key", "new", "health.reporter", "--number", "2026", "--folder", in_folder, "--json").json
    said = gateway("key", "confirm", made["public"], made["fingerprint"], *WHY, *at(own))
    assert (said.code, "another key health.reporter-2026" in said.err) == (2, True)
    known = parse_public((own / "keys" / "health.reporter-2026.pub").read_text())
    (in_folder / "again.pub").write_text(public_line(replace(known, id="health.reporter-7")))
    digits = keys_of(own)["health.reporter-2026"]["fingerprint"]
    said = gateway("key", "confirm", in_folder / "again.pub", digits, *WHY, *at(own))
    assert (said.code, "registered as health.reporter-2026" in said.err) == (2, True)


def test_where_keys_belong_to_another_user_the_line_to_run_is_said(
    own: Path, in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison is recorded, and the line puts the very same file there."""
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(keyring, "register", forbidden)
        said = gateway("key", "confirm", made["public"], made["fingerprint"], *WHY, *at(own))
    assert said.code == 1
    assert made["key"] not in keys_of(own)
    line = said.err.strip().splitlines()[-1]
    subprocess.run(["sh", "-c", line.replace("sudo ", "")], check=True, stdout=subprocess.DEVNULL)
    listed = keys_of(own)[made["key"]]
    assert (listed["state"], listed["fingerprint"]) == ("valid", made["fingerprint"])
    assert listed["confirmed"]


def test_revoking_where_keys_belong_to_another_user_counts_at_once_and_says_what_is_left_to_do(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(keyring, "revoke", forbidden)
    said = gateway("key", "revoke", "health.reporter-2026", *at(own))
    assert said.code == 1
    assert f"sudo gateway key revoke health.reporter-2026 --config {own / 'config'}" in said.err
    gateway("export", own / "journal", *at(own))
    assert "key_revoked" in (own / "journal").read_text()
    assert keys_of(own)["health.reporter-2026"]["state"] == "revoked"


@pytest.mark.parametrize("words", [("confirm", "nothing-2026"), ("revoke", "nothing-2026"), ("revoke", "../up")])
def test_a_key_that_there_is_not_is_named(played: Played, words: tuple[str, ...]) -> None:
    said = gateway("key", *words, *(WHY if words[0] == "confirm" else ()), *at(played.folder))
    assert said.code == 2
    assert f"There is no key {words[1]}" in said.err


def test_a_file_that_is_no_key_is_named(own: Path) -> None:
    (own / "odd.pub").write_text("no key at all\n")
    assert gateway("key", "confirm", own / "odd.pub", *WHY, *at(own)).code == 1
    assert gateway("key", "confirm", own / "none.pub", *WHY, *at(own)).code == 1


def test_a_revoked_key_counts_no_more_from_that_instant(own: Path) -> None:
    words = ("key", "revoke", "health.reporter-2026", "--from", "2026-03-01T00:00+08:00", *at(own))
    assert gateway(*words).code == 0
    listed = keys_of(own)["health.reporter-2026"]
    assert (listed["state"], listed["revoked"]) == ("revoked", "2026-02-28T16:00:00+00:00")
    export = own / "journal"
    gateway("export", export, *at(own))
    assert '"kind":"key_revoked"' in export.read_text()


def test_revoking_from_no_instant_changes_nothing(own: Path) -> None:
    before = (own / "keys" / "health.reporter-2026.pub").read_bytes()
    said = gateway("key", "revoke", "health.reporter-2026", "--from", "yesterday", *at(own))
    assert said.code == 2
    assert (own / "keys" / "health.reporter-2026.pub").read_bytes() == before


def test_keys_are_listed_for_people_too(played: Played) -> None:
    said = gateway("key", "list", *at(played.folder))
    assert said.code == 0
    assert "health.reporter-2026" in said.out
