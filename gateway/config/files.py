"""The files of a configuration folder: read once, as text, and kept as the source that names its version."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from gateway.config.kinds import NAME
from gateway.config.mistakes import Mistakes, Place, Wrong
from gateway.config.reader import Table


@dataclass(slots=True)
class Files:
    """What was read of a folder. `texts` holds each file under its name below the folder, line ends as LF.

    `unread` are the files that gave nothing: what others say of their content is not to be judged.
    """

    folder: Path
    mistakes: Mistakes
    prefix: str = ""  # what stands before a file's name in a mistake, such as `keys/`
    texts: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def text(self, name: str, repair: str = "Write it, or copy it from the example county") -> str | None:
        """A file that must be there."""
        try:
            text = (self.folder / name).read_bytes().decode("utf-8")
        except FileNotFoundError:
            self.mistakes.add(Place(self.prefix + name), "is missing", repair)
        except OSError:
            self.mistakes.add(Place(self.prefix + name), "cannot be read", "Let the gateway's user read it")
        except UnicodeDecodeError:
            self.mistakes.add(Place(self.prefix + name), "is not UTF-8", "Save it in the encoding UTF-8")
        else:
            self.texts[self.prefix + name] = text.replace("\r\n", "\n")
            return self.texts[self.prefix + name]
        self.unread.add(name)
        return None

    def toml(self, name: str) -> Table | None:
        """A TOML file that must be there."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return Table(tomllib.loads(text), Place(self.prefix + name), self.mistakes)
        except tomllib.TOMLDecodeError as error:
            self.mistakes.add(Place(self.prefix + name), f"is not TOML: {error}", "Mend that line")
            self.unread.add(name)
            return None

    def names(self, folder: str, suffix: str = ".toml") -> dict[str, str]:
        """The ids in a folder (their file names without the suffix) with the files, in order of id."""
        found = sorted((self.folder / folder).glob(f"*{suffix}"))
        for path in found:
            try:
                NAME.parse(path.name.removesuffix(suffix))
            except Wrong as wrong:
                self.mistakes.wrong(Place(f"{folder}/{path.name}"), wrong)
        return {path.name.removesuffix(suffix): f"{folder}/{path.name}" for path in found}

    def ids(self, folder: str) -> set[str]:
        """The ids in a folder, whether or not their files can be read."""
        return {path.name.removesuffix(".toml") for path in (self.folder / folder).glob("*.toml")}

    def note(self, name: str, reason: str, repair: str) -> None:
        self.mistakes.add(Place(self.prefix + name), reason, repair)

    def strangers(self, folder: str, suffixes: tuple[str, ...]) -> None:
        """Note files that nobody reads, such as `health.tml`: what they say would silently not hold."""
        if not (self.folder / folder).is_dir():
            return
        for path in sorted((self.folder / folder).iterdir()):
            if not path.name.startswith((".", "README")) and not path.name.endswith(suffixes):
                kinds = " or ".join(suffixes)
                self.mistakes.add(
                    Place(f"{folder}/{path.name}"), "is a file that nothing reads", f"Name it …{kinds}, or move it away"
                )


def source(parts: dict[str, str]) -> bytes:
    """One canonical text of several files: each under a line with its name and length, in order of name."""
    lines: list[str] = []
    for name in sorted(parts):
        text = parts[name] if parts[name].endswith("\n") else parts[name] + "\n"
        lines.append(f"=== {name} {len(text.encode())}\n{text}")
    return "".join(lines).encode()
