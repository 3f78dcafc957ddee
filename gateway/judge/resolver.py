"""DNS for DKIM: the system's resolver, or a file of TXT records where there is no DNS."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gateway.outside import Temporary

_SECONDS = 10.0


class SystemResolver:
    """Asks the resolvers of the system."""

    def txt(self, name: str) -> list[bytes]:
        from dns import exception, resolver

        try:
            answer = resolver.resolve(name, "TXT", lifetime=_SECONDS)
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return []
        except (exception.DNSException, OSError) as error:
            raise Temporary("the DNS does not answer") from error
        return [b"".join(record.strings) for record in answer]


class FileResolver:
    """Knows only the records of one TOML file: `"selector._domainkey.domain" = ["text"]`."""

    def __init__(self, path: Path) -> None:
        records = tomllib.loads(path.read_text(encoding="utf-8"))
        self._records = {name.lower(): [text.encode() for text in texts] for name, texts in records.items()}

    def txt(self, name: str) -> list[bytes]:
        return self._records.get(name.lower().rstrip("."), [])
