"""One day of the county that has every kind of effect, and people who try again when they hear no `250`."""

from __future__ import annotations

import re
import smtplib
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import ImapMailbox
from gateway.core.facts import Fact, Integrated, Judged, Received, Released, Written
from gateway.demo.county import County
from gateway.demo.dovecot import Dovecot
from gateway.demo.founding import MAILBOX_USER, SIGNING_DOMAIN
from gateway.demo.senders import put
from gateway.intake.folder import FolderIntake
from gateway.intake.imap import ImapIntake
from gateway.ledger import rebuild
from gateway.outside import Temporary
from tests.faults.breaking import Break, Effects
from tests.world import REPORTING_DAY, Site, receipts, undone, verified

CLINIC = "bailu_clinic.reporter"
_CODE = re.compile(r"GW-\w{4}-\w{4}-\w{4}")
_CHANCE = re.compile(r"A-\d{8}-\w{8}|R-\w{12}|(?<=日志共 )\d+|这(?: \d+ )?封(?=邮件是您发的吗)")
_TRIES = 12


class Day:
    """The day as it is lived through, whatever breaks."""

    def __init__(self, site: Site, dovecot: Dovecot, folder: Path, effects: Effects) -> None:
        self.site, self.dovecot, self.effects, self.restarts = site, dovecot, effects, 0
        effects.state = folder / "gateway" / "state" / "gateway.db"
        self.county = self._begun(folder)

    def _begun(self, folder: Path) -> County:
        box = ImapMailbox(
            "province", "localhost", self.dovecot.tls_port, "tls", MAILBOX_USER, "imap.password",
            certificate_authority=self.dovecot.authority,
        )  # fmt: skip
        return self.site.town(folder, REPORTING_DAY, box, end=self.effects.end)

    def live(self) -> None:
        """Morning to evening."""
        self.work()
        for act in (_sealed, _unproven, _confirmed, _by_dkim, _into_folder, _wrong):
            act(self)
            self.work()

    def work(self) -> None:
        """The daemon works, tries again, is started again, until nothing is left to do."""
        for _ in range(_TRIES):
            if self._worked() and not undone(self.county) and self._worked():
                return
            self.county.clock.instant += timedelta(seconds=40)  # beyond the first pauses
            time.sleep(0.05)
        raise AssertionError(f"still owed: {undone(self.county)}")

    def send(self, officer: str, message: bytes, login: str | None = None) -> None:
        """As a mail program does: what was not acknowledged is sent again."""
        for _ in range(_TRIES):
            try:
                self.county.send(self.county.address(officer), message, login)
                return
            except (smtplib.SMTPException, OSError):
                if self.effects.crashed:
                    self._start_again()
                time.sleep(0.05)
        raise AssertionError("the listener takes nothing any more")

    def _worked(self) -> bool:
        whole = True
        try:
            for intake in self.county.gateway.intakes.values():
                whole = self._taken_in(intake) and whole
            self.county.gateway.settle()
        except BaseException:
            if not self.effects.crashed:
                raise
        if self.effects.crashed:
            self._start_again()
            return False
        return whole

    def _taken_in(self, intake: ImapIntake | FolderIntake) -> bool:
        """One round of a channel; like its own loop, trouble that passes is waited for."""
        try:
            if isinstance(intake, ImapIntake):
                intake.poll()
            else:
                intake.scan()
                self.county.clock.instant += timedelta(seconds=3)
                intake.scan()
        except Temporary:
            return False
        return True

    def _start_again(self) -> None:
        self.restarts += 1
        old = self.county.gateway
        if old.listener:
            old.listener.stop()
        old.daemon._pool.shutdown(wait=True)
        old.store.close()
        self.effects.new_process()
        self.county.gateway = self.site.build(old.configuration, clock=self.county.clock, end=self.effects.end)
        assert self.county.gateway.listener
        self.county.gateway.listener.start()


def _sealed(day: Day) -> None:
    county, officer = day.county, "public_security.reporter"
    book = county.workbook("public_security", "registered_births", "2026-M12")
    count = len(county.rows("public_security", "registered_births"))
    file = county.sealed(officer, "registered_births", "2026-M12", 1, [book], count)
    day.send(officer, county.mail(county.address(officer), "密封报送", [file]))


def _unproven(day: Day) -> None:
    county = day.county
    book = county.workbook("bailu_clinic", "clinic_births", "2026-M12")
    day.send(CLINIC, county.mail(county.address(CLINIC), "卫生院出生", [book]))


def _confirmed(day: Day) -> None:
    county = day.county
    questions = [one for one in county.post_office.to(county.address(CLINIC)) if "确认" in one.subject]
    codes = [code for letter in questions for code in _CODE.findall(letter.text)]
    assert codes
    day.send(CLINIC, county.mail(county.address(CLINIC), "回复：请确认", [], "\n".join(codes)))


def _by_dkim(day: Day) -> None:
    county = day.county
    book = county.workbook("civil_affairs", "adoptions", "2026-Q4")
    message = county.mail(f"reports@{SIGNING_DOMAIN}", "收养登记 四季度", [book])
    day.dovecot.deliver(MAILBOX_USER, [county.signing_domain.sign(message)], had=county.clock.now())


def _into_folder(day: Day) -> None:
    put(day.county.officer_folder, day.county.csv("bailu_police", "station_births", "2026-M12"))


def _wrong(day: Day) -> None:
    county, officer = day.county, "health.reporter"
    rows = [dict(row) for row in county.rows("health", "vaccinations")]
    rows[0]["boys"] = -5
    book = county.workbook("health", "vaccinations", "2026-M12", rows)
    day.send(officer, county.mail(county.address(officer), "接种", [book]), officer)


# --- how the day ended ---


def ended(day: Day) -> dict[str, Any]:
    """What must be the same whatever broke; ids, which are chance, left out, and so is what a second copy caused."""
    county = day.county
    facts = [fact for _, fact in county.gateway.store.entries()]
    again = _sent_again(county, facts)
    submissions = [s for f in facts if isinstance(f, Judged) and f.arrival not in again for s in f.submissions]
    with county.gateway.store.view() as view:
        board = [(row.department, row.dataflow, row.state.value) for row in view.board(county.clock.now())]
    letters = {str(one.message["Message-ID"]): one for one in county.post_office.letters}
    caused = {fact.letter for fact in facts if isinstance(fact, Written) and _speaks_only_of(fact, again)}
    return {
        "submissions": Counter(
            # Two copies of a rejected report are two versions, judged side by side.
            (s.department, s.dataflow, s.period, s.verdict, s.verdict == "accepted" and s.version, s.rows, s.errors)
            for s in submissions
        ),
        "board": sorted(board),
        "integrations": Counter((f.dataflow, f.period, f.rows) for f in facts if isinstance(f, Integrated)),
        "releases": Counter((f.result, f.department, f.rows) for f in facts if isinstance(f, Released)),
        "letters": Counter(
            (letter.recipient, _CHANCE.sub("…", letter.subject))
            for message_id, letter in letters.items()
            if message_id.strip("<>").partition("@")[0] not in caused
        ),
        "in the folder": sorted(path.name for path in county.officer_folder.iterdir()),
        "answers in the folder": len(list(county.officer_folder.glob("answers/*/receipt.json"))),
        "done in the folder": len(list(county.officer_folder.glob("done/*/*.csv"))),
        "mailbox": (len(day.dovecot.contents(MAILBOX_USER)), len(day.dovecot.contents(MAILBOX_USER, "Processed"))),
    }


def _speaks_only_of(written: Written, arrivals: set[str]) -> bool:
    """Whether a letter is there for these arrivals alone: one question may ask about a mail and its copy."""
    return bool(written.about) and all(one.kind == "arrival" and one.id in arrivals for one in written.about)


def _sent_again(county: County, facts: list[Fact]) -> set[str]:
    """Copies of what was sent before, because its sender had heard no `250`; of two the one that didn't count."""
    judged = [fact for fact in facts if isinstance(fact, Judged)]
    counted = {fact.arrival for fact in judged for one in fact.submissions if one.verdict != "duplicate"}
    received = [fact for fact in facts if isinstance(fact, Received)]
    seen, again = set[bytes](), set[str]()
    for fact in sorted(received, key=lambda fact: fact.arrival not in counted):
        content = county.gateway.store.read_all(fact.blob, 1 << 24)
        again |= {fact.arrival} if content in seen else set()
        seen.add(content)
    return again


def check_evidence(day: Day, folder: Path) -> None:
    """Copies are byte-equal, nothing proven is without its receipt, receipts and journal verify, the ledger agrees."""
    county = day.county
    copies: dict[str, set[bytes]] = {}
    for letter in county.post_office.letters:
        copies.setdefault(str(letter.message["Message-ID"]), set()).add(letter.raw)
    assert {len(raw) for raw in copies.values()} == {1}
    paths = []
    for number, letter in enumerate(county.post_office.letters):
        for name, data in receipts(letter).items():
            paths.append(folder / f"{number}-{name}")
            paths[-1].write_bytes(data)
    _, wrong = verified(county, [*paths, *county.officer_folder.glob("answers/*/receipt.json")])
    assert wrong == []
    store = county.gateway.store
    entries = list(store.entries())
    facts = [fact for _, fact in entries]
    answered = {a.id for f in facts if isinstance(f, Written) and f.kind == "receipt" for a in f.about}
    proven = {f.arrival for f in facts if isinstance(f, Judged) and not f.quarantined and f.submissions}
    assert proven == answered
    assert store.maintain(lambda connection: rebuild.check(connection, entries)).result() == []


def lived(site: Site, dovecot: Dovecot, folder: Path, break_: Break | None = None) -> tuple[Day, Effects]:
    """A whole day with one effect broken; the county is still standing."""
    effects = Effects(break_)
    with pytest.MonkeyPatch.context() as patched:
        effects.install(patched)
        day = Day(site, dovecot, folder, effects)
        try:
            day.live()
            check_evidence(day, folder)
        except BaseException:
            close(day)
            raise
    return day, effects


def close(day: Day) -> None:
    day.county.__exit__()
    for box in ("INBOX", "Processed"):
        for part in ("new", "cur"):
            for path in (day.dovecot.maildir(MAILBOX_USER, box) / part).iterdir():
                path.unlink()
