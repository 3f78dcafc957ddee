"""Code lists: every `codelists/NAME.toml`."""

from __future__ import annotations

from gateway.config.files import Files
from gateway.config.kinds import TEXT
from gateway.config.reader import Table
from gateway.core.dataflow import Code, CodeList
from gateway.core.parties import Titles


def read_codelists(files: Files) -> dict[str, CodeList]:
    """Every `codelists/NAME.toml`."""
    files.strangers("codelists", (".toml",))
    found: dict[str, CodeList] = {}
    for name, file in files.names("codelists").items():
        table = files.toml(file)
        if table is not None:
            with table:
                found[name] = CodeList(name, table.titles("title"), tuple(_codes(table)))
    return found


def _codes(table: Table) -> list[Code]:
    if not table.raw.get("codes"):
        table.wrong("codes", "has no code", 'Write codes = [{ code = "1", zh_CN = "…", en = "…" }]')
    codes: list[Code] = []
    taken: dict[str, str] = {}
    for item in table.tables("codes"):
        code = item.need("code", TEXT)
        titles = Titles(item.need("zh_CN", TEXT), item.need("en", TEXT))
        aliases = item.any("aliases", TEXT)
        for key, word in (("code", code), *((f"aliases[{i}]", alias) for i, alias in enumerate(aliases))):
            if (word and taken.setdefault(word, code) != code) or (key == "code" and code in {c.code for c in codes}):
                item.wrong(key, f'"{word}" already stands for code "{taken[word]}"', "Let each word stand for one code")
        codes.append(Code(code, titles, aliases))
    return codes
