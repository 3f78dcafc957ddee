"""Makes the files in `kept/`: `python -m tests.handlers.make_kept`.

They come from programs whose files are never the same twice: salts, keys, the time. A fuzz changes these instead of new
ones, so that its mutants are the same every time. The keys among them open nothing else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from handlers.forms.identity import Identity
from tests.handlers import locked, test_openpgp, test_seven_zip, test_smime, test_zip_archive
from tests.handlers.books import by_openpyxl, by_xlsxwriter
from tests.handlers.gnupg import GnuPG
from tests.handlers.mutating import KEPT
from tests.handlers.office import converted
from tests.handlers.openssl import make
from tests.handlers.test_excel import _other_program, _registrations


def _openpgp() -> Iterator[tuple[str, bytes]]:
    """What gpg makes of the content, signed and for our key; the secret; the fingerprint of who signed."""
    gpg = GnuPG()
    try:
        ours, officer = gpg.make("ours", "future-default", ends="0"), gpg.make("li", "future-default", ends="0")
        identity = Identity((gpg.private(ours),), (gpg.public(officer),), at=datetime.now(UTC))
        for number, words in enumerate((("-s", "-e"), ("-s",), ("--clearsign",), ("-a", "-s", "-e"))):
            told = ("--set-filename", test_openpgp.NAME, "-u", officer, "-r", ours, "-o", "-")
            yield f"openpgp.{number}", gpg.run(*told, *words, data=test_openpgp.CONTENT)
        yield "openpgp.secret", identity.secret()
        yield "openpgp.signer", officer.encode()
    finally:
        gpg.end()


def _smime() -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as name:
        ours, officer = (make(Path(name), one) for one in ("ours", "li"))
        identity = Identity((ours.both,), (officer.pem,), at=datetime.now(UTC))
        world = test_smime.World(Path(name), ours, officer, officer, officer, officer, identity)
        beside = ("-sign", "-signer", officer.certificate, "-inkey", officer.key)
        forms = (
            world.sign("-nodetach"),
            world.sign("-nodetach", "-stream"),
            world.encrypt("-aes256", data=test_smime._as_mail(world, beside[0], "-binary", "-nodetach", *beside[1:])),
            test_smime.attached(test_smime._as_mail(world, *beside)),
        )
        yield from ((f"smime.{number}", form) for number, form in enumerate(forms))
        yield "smime.secret", identity.secret()
        yield "smime.signer", officer.fingerprint.encode()


def _archives() -> Iterator[tuple[str, bytes]]:
    yield "aes.0", test_zip_archive.aes(test_zip_archive.OTHER, 128, 1)
    yield "aes.1", test_zip_archive.aes(test_zip_archive.OTHER, 256, 2, test_zip_archive.STORED)
    for number, filters in enumerate(test_seven_zip.METHODS):
        yield f"seven_zip.{number}", test_seven_zip.made(filters=filters)
    yield "seven_zip.small", test_seven_zip.made([("a", b"1,2")])
    yield "seven_zip.locked", test_seven_zip.made(password=test_seven_zip.PASSWORD)
    yield "seven_zip.hidden", test_seven_zip.made(password=test_seven_zip.PASSWORD, hidden=True)


def _books() -> Iterator[tuple[str, bytes]]:
    births, other = by_xlsxwriter(_registrations), by_openpyxl(_other_program)
    yield from (("births.xlsx", births), ("other.xlsx", other))
    new = {"births.xlsx": births, "other.xlsx": other}
    for form in ("xls", "ods"):
        yield from ((Path(name).stem + f".{form}", old) for name, old in converted(new, form).items())
    yield "standard.xlsx", locked.standard(other, "x")


def main() -> None:
    """Writes all of them anew."""
    KEPT.mkdir(exist_ok=True)
    for made in (_openpgp(), _smime(), _archives(), _books()):
        for name, data in made:
            (KEPT / name).write_bytes(data)


if __name__ == "__main__":
    main()
