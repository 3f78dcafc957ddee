"""Files encrypted with age (age-encryption.org/v1), binary or armoured, by pyrage.

The secret is an `Identity`. Its `keys` are texts as `age -i` takes them: identity files (lines of `AGE-SECRET-KEY-1…`,
remarks with #), or unencrypted private SSH keys (Ed25519, RSA). Its `passwords` are tried where the file was encrypted
with a passphrase. Which of both a file needs says the file.

The post-quantum keys of newer versions of age are not known to pyrage: such a file needs a key that we do not have.

Trust: age shows that nothing was changed or cut off, and proves nobody: whoever has our public key can make a file for
it, so there are never signers. Our own reading of the header is there for its bounds alone: how many recipients, how
much work a passphrase costs. The decision over every byte is the library's, and nothing is passed on before its last.
"""

from __future__ import annotations

import binascii
import re
from typing import Any, Final

import pyrage

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms.calling import calling
from handlers.forms.identity import read_identity

NAME: Final = "age"
SECRET: Final = "identity"  # noqa: S105 - a kind, no secret

WORK_FACTOR: Final = 19  # as a power of two, of KiB of memory too: half of what a worker has, about 1.6 s
_WORK: Final = 2 << WORK_FACTOR  # all passwords together
_HEADER_BYTES: Final = 1 << 16  # about 600 recipients
_MAGIC: Final = b"age-encryption.org/v"
_FIRST: Final = b"age-encryption.org/v1\n"
_BEGIN: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
_ARMOUR: Final = re.compile(
    rb"[ \t\r\n]*-----BEGIN AGE ENCRYPTED FILE-----\n((?:[A-Za-z0-9+/]{64}\n)*(?:[A-Za-z0-9+/]{1,63}={0,2}\n)?)"
    rb"-----END AGE ENCRYPTED FILE-----[ \t\r\n]*"
)
_HEADER: Final = re.compile(
    rb"age-encryption\.org/v1\n(?:->(?: [!-~]+)+\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)+"
    rb"--- [A-Za-z0-9+/]{43}\n"
)
_SSH_KEY: Final = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----\n?", re.DOTALL)
_AGE_KEY: Final = re.compile(r"^AGE-SECRET-KEY-1[A-Z0-9]+[ \t\r]*$", re.MULTILINE)

Key = Any  # of pyrage, which tells no types: `x25519.Identity` or `ssh.Identity`


def opens(head: bytes, name: str) -> bool:
    """Whether it begins as age files of any version do, armoured or not."""
    return head.startswith(_MAGIC) or head.lstrip().startswith(_BEGIN)


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """The one file in it, without a name: it is called as the outer file is, without `.age`. Never any signers.

    Raises `Unreadable`: NEEDS_KEY and NEEDS_PASSWORD (none of ours fits), DAMAGED, UNSUPPORTED (another version, or a
    passphrase that costs more work than `WORK_FACTOR`), TOO_LARGE.
    """
    if len(data) > 2 * limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "age")
    whole = _dearmoured(data) if not data.startswith(_MAGIC) else data
    if len(whole) > limits.bytes + _HEADER_BYTES:
        raise Unreadable(Trouble.TOO_LARGE, "age")
    work = _work_of(whole)
    identity = read_identity(secret)
    plain = _by_password(whole, work, identity.passwords) if work else _by_keys(whole, identity.keys)
    if len(plain) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "age")
    return Opened((Part("", "application/octet-stream", plain),))


def _by_keys(whole: bytes, texts: tuple[str, ...]) -> bytes:
    keys = [key for text in texts for key in read_keys(text)]
    with calling(Trouble.DAMAGED, "age"):
        try:
            return bytes(pyrage.decrypt(whole, keys))
        except pyrage.DecryptError as error:
            if error.args == ("No matching keys found",):
                raise Unreadable(Trouble.NEEDS_KEY) from None
            raise


def _by_password(whole: bytes, work: int, passwords: tuple[str, ...]) -> bytes:
    """The content, by the first password that fits; not all are tried where each costs much."""
    for password in passwords[: _WORK // work]:
        with calling(Trouble.DAMAGED, "age"):
            try:
                return bytes(pyrage.passphrase.decrypt(whole, password))
            except pyrage.DecryptError as error:
                if error.args != ("Decryption failed",):
                    raise
    raise Unreadable(Trouble.NEEDS_PASSWORD)


def read_keys(text: str) -> list[Key]:
    """The private keys in the text of one file. Raises `Unreadable(NEEDS_KEY)` if it holds none, or one that is bad."""
    with calling(Trouble.NEEDS_KEY, "own key"):
        ssh: list[Key] = [pyrage.ssh.Identity.from_buffer(found[0].encode()) for found in _SSH_KEY.finditer(text)]
        keys = [*ssh, *(pyrage.x25519.Identity.from_str(found[0].strip()) for found in _AGE_KEY.finditer(text))]
    if not keys:
        raise Unreadable(Trouble.NEEDS_KEY, "own key")
    return keys


# --- bounds ---


def _work_of(whole: bytes) -> int:
    """How much work the passphrase costs, 0 for a file encrypted to keys. Raises `Unreadable`."""
    if not whole.startswith(_FIRST):
        raise Unreadable(Trouble.UNSUPPORTED if whole.startswith(_MAGIC) else Trouble.DAMAGED, "age version")
    found = _HEADER.match(whole, 0, _HEADER_BYTES)
    if not found:
        raise Unreadable(_why_no_header(whole), "age header")
    words = [line.split(b" ")[1:] for line in found[0].split(b"\n") if line.startswith(b"->")]
    if not any(word[0] == b"scrypt" for word in words):
        return 0
    if len(words) != 1 or len(words[0]) != 3 or not re.fullmatch(rb"[1-9][0-9]?", words[0][2]):
        raise Unreadable(Trouble.DAMAGED, "age header")
    if int(words[0][2]) > WORK_FACTOR:
        raise Unreadable(Trouble.UNSUPPORTED, "age work factor")
    return 1 << int(words[0][2])


def _why_no_header(whole: bytes) -> Trouble:
    endless = len(whole) > _HEADER_BYTES and b"\n---" not in whole[:_HEADER_BYTES]
    return Trouble.TOO_LARGE if endless else Trouble.DAMAGED


def _dearmoured(data: bytes) -> bytes:
    """The bytes in the armour, which is taken in its one strict form, with white space around it."""
    found = _ARMOUR.fullmatch(data.replace(b"\r\n", b"\n"))
    if not found:
        raise Unreadable(Trouble.DAMAGED, "age armour")
    body = found[1].translate(None, b"\n")
    try:
        whole = binascii.a2b_base64(body, strict_mode=True)
    except binascii.Error:
        raise Unreadable(Trouble.DAMAGED, "age armour") from None
    if binascii.b2a_base64(whole[-(len(whole) % 3 or 3) :], newline=False) != body[-4:]:
        raise Unreadable(Trouble.DAMAGED, "age armour")  # base64 has twins: the last character may say the same twice
    return whole
