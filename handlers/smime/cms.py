"""CMS (RFC 5652): its outer form, and the certificates that messages name. What `smime` stands on, no handler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from gateway.handler import Trouble, Unreadable
from handlers.smime.ber import SEQUENCE, Value, read

DATA, SIGNED, ENVELOPED, AUTHENTICATED = (
    bytes.fromhex(oid)
    for oid in ("2a864886f70d010701", "2a864886f70d010702", "2a864886f70d010703", "2a864886f70d0109100117")
)
RSA: Final = bytes.fromhex("2a864886f70d010101")
HASHES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate by what messages name it with; a private key beside it if it is ours."""

    certificate: x509.Certificate
    issuer_and_serial: bytes
    key_id: bytes
    private: Any = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def is_named(self, who: Value) -> bool:
        """Whether a signer's or recipient's identifier names this certificate."""
        if who.tag == SEQUENCE:
            return b"".join(value.whole for value in who.inner()) == self.issuer_and_serial
        return who.tag & 0xDF == 0x80 and who.octets() == self.key_id != b""


def certified(pem: str, *, private: bool = False) -> Certified:
    """The first certificate in a PEM text, and the private key beside it if asked. Raises ValueError and its like."""
    begin, end = pem.index("-----BEGIN CERTIFICATE-----"), "-----END CERTIFICATE-----"
    block = pem[begin : pem.index(end, begin) + len(end)]
    certificate = x509.load_pem_x509_certificate(block.encode())
    fields = read(certificate.public_bytes(serialization.Encoding.DER)).inner()[0].inner()
    serial, _, issuer = fields[fields[0].tag == 0xA0 :][:3]
    try:
        key_id = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        key_id = b""
    key = None
    if private:  # of our own, so that its primes need no proof, which takes a tenth of a second
        rest = pem.replace(block, "").encode()
        key = serialization.load_pem_private_key(rest, None, unsafe_skip_rsa_key_validation=True)
    return Certified(certificate, issuer.whole + serial.whole, key_id, key)


def content_info(data: bytes) -> tuple[bytes, Value]:
    """The type and the content of a CMS message. Raises `Unreadable(DAMAGED)`."""
    kind, content = exactly(read(data).inner(), 2)
    (inner,) = exactly(content.inner(), 1)
    return kind.content, inner


def exactly(values: Sequence[Value], count: int) -> Sequence[Value]:
    if len(values) != count:
        raise Unreadable(Trouble.DAMAGED, "cms")
    return values
