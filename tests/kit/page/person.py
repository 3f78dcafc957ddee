"""Somebody who uses the page: what they do, in the order in which the page asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.core.parties import PublicKey
from gateway.handler import Limits
from gateway.keyring.lines import parse_public
from handlers.sealed import HEADER_BYTES, Manifest, Signed, open_parts, unlock_for, verify_manifest
from tests.kit.page.browser import Page
from tests.kit.page.officer import PASSPHRASE, Officer


@dataclass
class Person:
    """An officer before their page. `passphrase` is what they think it is."""

    officer: Officer
    page: Page
    folder: Path
    passphrase: str = PASSPHRASE

    def opens(self) -> None:
        self.page.go(self.officer.page(self.folder))

    def makes_a_key(self) -> PublicKey:
        """Gives the public key as the file says that the page saves for the lead office."""
        if not self.page.has("#new-1"):
            self.page.click("#to-key-view")
        self.page.fill("#new-1", self.passphrase)
        self.page.fill("#new-2", self.passphrase)
        self.page.click("#make")
        self.page.there("#fingerprint")
        return self.public_key()

    def public_key(self) -> PublicKey:
        """The public key that the page saves."""
        name = f"{self.page.text('.facts code')}.pub"
        self.page.click("#public-again")
        return parse_public(self.page.downloaded(name).decode())

    def brings(self, file: Path, *passphrases: str) -> None:
        """Brings a key in from a file, under the heading for it."""
        if not self.page.has("#key-bring[open]"):
            self.page.click("#key-bring summary")
        self.page.choose("#bring-file", file)
        for number, passphrase in enumerate(passphrases, 1):
            self.page.fill(f"#bring-{number}", passphrase)
        if passphrases:
            self.page.click("#bring")

    def fingerprint(self) -> str:
        """As it stands on the screen."""
        return " ".join(self.page.text("#fingerprint").split())

    def unlocks(self) -> None:
        self.page.click("#to-key-view")
        self.page.fill("#unlock-1", self.passphrase)
        self.page.click("#unlock")

    def chooses(self, *files: Path, dataflow: str = "hospital_births", period: str = "2026-M12") -> list[str]:
        """Chooses report, period and files; gives the codes of what the page says of each file."""
        self.page.click("#to-send-view")
        if self.page.has("#another"):
            self.page.click("#another")
        self.page.fill("#dataflow", dataflow)
        self.page.fill("#period", period)
        if files:
            self.page.choose("#files", *files)
            self.page.until(f"document.querySelectorAll('.files li').length === {len(files)}")
            self.page.until("!document.querySelector('[data-said=looking]')")
        found: list[str] = self.page.js("[...document.querySelectorAll('.files li')].map((li) => li.dataset.said)")
        return found

    def seals(self) -> bytes:
        """Presses the button; gives the file that the page saves."""
        self.presses_seal()
        self.page.there("#sealed-name")
        return self.page.downloaded(self.page.text("#sealed-name"))

    def presses_seal(self) -> None:
        if self.page.has("#unlock-send"):
            self.page.fill("#unlock-send", self.passphrase)
        self.page.click("#seal")

    def opens_file(self, file: Path) -> None:
        """Chooses a file that came, and waits for what the page makes of it."""
        self.page.click("#to-open-view")
        self.page.choose("#sealed-file", file)
        if self.page.until("!!document.querySelector('#unlock-open, #content-title, .alarm')") and self.page.has(
            "#unlock-open"
        ):
            self.page.fill("#unlock-open", self.passphrase)
            self.page.click("#open")
            self.page.until("!!document.querySelector('#content-title, .alarm')")

    def alarm(self) -> str:
        """What the page says is wrong."""
        self.page.there("[role=alert]")
        return self.page.text("[role=alert]")


def opened_by_the_gateway(file: bytes, officer: Officer, key: PublicKey) -> tuple[Manifest, dict[str, bytes]]:
    """What the gateway gets out of a sealed file, every proof demanded. Raises `Unreadable`."""
    unlocked = unlock_for(file[:HEADER_BYTES], [officer.secret])
    opened = open_parts(file, Limits(), unlocked.content_key)
    signed = Signed.from_mapping(opened.manifest or {})
    manifest = verify_manifest(signed, key.signing, unlocked.sealing_public)
    return manifest, {part.name: part.data for part in opened.parts}
