"""What is done to files of bytes, to archives and to the XML in them; each takes a report and gives a worse one."""

from __future__ import annotations

import random
import re
import struct

from tests.hostile.reports import Parts, as_bytes, as_file, packed

# --- what is done to any file ---


def as_it_is(chance: random.Random, made: bytes | Parts) -> bytes | Parts:
    return made


def flipped(chance: random.Random, made: bytes | Parts) -> bytes:
    data = bytearray(as_file(made))
    for _ in range(chance.choice((1, 3, 20, 300))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def cut_off(chance: random.Random, made: bytes | Parts) -> bytes:
    data = as_file(made)
    return data[: chance.randrange(len(data))]


def cut_out(chance: random.Random, made: bytes | Parts) -> bytes:
    data = as_file(made)
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randint(1, 2_000) :]


def repeated(chance: random.Random, made: bytes | Parts) -> bytes:
    data = as_file(made)
    at = chance.randrange(len(data))
    piece = data[at : at + chance.choice((1, 4, 64, 4_096))]
    return data[:at] + piece * chance.choice((2, 100, 20_000)) + data[at:]


def zeroed(chance: random.Random, made: bytes | Parts) -> bytes:
    data = bytearray(as_file(made))
    at, size = chance.randrange(len(data)), chance.choice((1, 16, 512, 100_000))
    data[at : at + size] = chance.choice((b"\0", b"\xff")) * size
    return bytes(data)


def shuffled(chance: random.Random, made: bytes | Parts) -> bytes:
    data = as_file(made)
    size = chance.choice((64, 512, 4_096))
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    chance.shuffle(blocks)
    return b"".join(blocks)


def random_behind_its_head(chance: random.Random, made: bytes | Parts) -> bytes:
    return as_file(made)[: chance.choice((4, 8, 100, 600))] + chance.randbytes(chance.choice((10, 5_000, 200_000)))


def doubled(chance: random.Random, made: bytes | Parts) -> bytes:
    """A file behind a file, of which one is read first and the other last."""
    return as_file(made) + as_file(made)[chance.randrange(50) :]


ANY = (as_it_is, flipped, cut_off, cut_out, repeated, zeroed, shuffled, random_behind_its_head, doubled)


# --- what is done to archives ---


def entries_swapped(chance: random.Random, made: Parts) -> Parts:
    names, contents = list(made), list(made.values())
    chance.shuffle(contents)
    return dict(zip(names, contents, strict=True))


def entries_lost(chance: random.Random, made: Parts) -> Parts:
    return {name: content for name, content in made.items() if chance.random() < 0.7}


def entries_renamed(chance: random.Random, made: Parts) -> Parts:
    odd = ("../../etc/passwd", "/xl/workbook.xml", "XL\\WORKBOOK.XML", "a" * 5_000, "\u202excod.xslx", "", "xl/")
    return {(chance.choice(odd) if chance.random() < 0.4 else name): content for name, content in made.items()}


def sizes_that_lie(chance: random.Random, made: Parts) -> bytes:
    """The directory says other sizes, offsets, sums or methods than the entries have."""
    data = bytearray(packed(made))
    signs = [match.start() for match in re.finditer(b"PK\x01\x02", bytes(data))]
    for _ in range(chance.randint(1, 4)):
        at = chance.choice(signs) + chance.choice((8, 10, 16, 20, 24, 28, 30, 42))
        data[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 7, 0x7FFFFFFF, 0xFFFFFFFF, chance.getrandbits(32))))
    return bytes(data)


def bomb(chance: random.Random, made: Parts) -> Parts:
    """One entry that unpacks to very much."""
    victim = chance.choice(list(made))
    filling = chance.choice((b" ", b"\0", b"<a/>", b"<row/>", b"9", b'<row r="1"><c r="A1"/></row>'))
    size = chance.choice((1 << 20, 20 << 20, 70 << 20))
    whole = as_bytes(made[victim])
    at = chance.choice((0, len(whole) // 2, len(whole)))
    return made | {victim: whole[:at] + filling * (size // len(filling)) + whole[at:]}


def many_entries(chance: random.Random, made: Parts) -> Parts:
    return made | {f"{chance.choice(('', 'xl/', 'a/b/c/'))}{n}": b"" for n in range(chance.choice((100, 3_999, 9_000)))}


def archives_in_archives(chance: random.Random, made: Parts) -> Parts:
    for depth in range(chance.choice((3, 9, 30))):
        made = {f"{depth}.zip": packed(made)}
    return made


ARCHIVE = (entries_swapped, entries_lost, entries_renamed, sizes_that_lie, bomb, many_entries)


# --- what is done to XML ---

_PIECES = (
    "<", ">", "&", '"', "]]>", "<!--", "<![CDATA[", "&amp;", "&#0;", "&#x10FFFF;", "&lol;", "\x00", "\ufffe",
    "\U0010ffff",
    "<c ", "</row>", "<row>", "<v>", "<f>", "</sheetData>", "<si>", 't="s"', 't="e"', 'r="XFD1048576"', 'r="A0"',
    'r="ZZZZZ99999999"', "-1", "9" * 30, "1e999", "NaN", "<table:table-row>", 'table:number-columns-repeated="16384"',
    'table:number-rows-repeated="1048576"', "<text:s text:c='99999999'/>", "<office:annotation>", "xmlns:a='b'",
)  # fmt: skip
_BIG = ("A1", "XFD1048576", "ALL1000000", "A1048576", "ZZ1")


def _document(chance: random.Random, made: Parts) -> str:
    """The name of an entry that holds XML."""
    return chance.choice([name for name in made if isinstance(made[name], str) and name != "mimetype"])


def elements_disturbed(chance: random.Random, made: Parts) -> Parts:
    victim = _document(chance, made)
    xml = str(made[victim])
    for _ in range(chance.choice((1, 3, 12))):
        at, cut = chance.randrange(len(xml) + 1), chance.choice((0, 0, 1, 8, 200))
        xml = xml[:at] + chance.choice(_PIECES) + xml[at + cut :]
    return made | {victim: xml}


def elements_repeated(chance: random.Random, made: Parts) -> Parts:
    victim = _document(chance, made)
    xml = str(made[victim])
    tags = [(match.start(), match.end()) for match in re.finditer("<[^<>]*>", xml)]
    start, end = chance.choice(tags)[0], chance.choice(tags)[1]
    start, end = min(start, end), max(start, end)
    return made | {victim: xml[:start] + xml[start:end] * chance.choice((2, 50, 5_000)) + xml[end:]}


def entities(chance: random.Random, made: Parts) -> Parts:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    told = chance.choice((f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>', '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
                          '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]>'))  # fmt: skip
    victim = _document(chance, made)
    head, sign, rest = str(made[victim]).partition("?>")
    return made | {victim: head + sign + told + rest if sign else told + head.replace("</", "&l9;</", 1)}


def nested(chance: random.Random, made: Parts) -> Parts:
    victim = _document(chance, made)
    deep = chance.choice((60, 1_000, 300_000))
    tag = chance.choice(("a", "row", "c", "text:span", "table:table", "si"))
    xml = str(made[victim])
    at = chance.choice([match.end() for match in re.finditer(">", xml)])
    return made | {victim: xml[:at] + f"<{tag}>" * deep + f"</{tag}>" * chance.choice((0, deep)) + xml[at:]}


def attributes_without_end(chance: random.Random, made: Parts) -> Parts:
    victim = _document(chance, made)
    many = "".join(f' a{n}="{n}"' for n in range(chance.choice((1_000, 100_000)))) + ' x="' + "y" * 3_000_000 + '"'
    xml = str(made[victim])
    at = chance.choice([match.start() for match in re.finditer("/?>", xml)])
    return made | {victim: xml[:at] + many + xml[at:]}


def far_cells(chance: random.Random, made: Parts) -> Parts:
    """Cells at both ends of the sheet, and what is repeated to its end."""
    found: Parts = {}
    for name, one in made.items():
        xml = one if isinstance(one, str) else ""
        for _ in range(chance.randint(1, 3)):
            place = chance.choice(_BIG)
            line = re.sub("[A-Z]", "", place)
            more = f'<row r="{line}"><c r="{place}" t="str"><v>{"x" * chance.choice((1, 30_000))}</v></c></row>'
            xml = xml.replace("</sheetData>", more + "</sheetData>")
            times = chance.choice((2, 900, 16_384, 1_048_576))
            xml = xml.replace("<table:table-cell ", f'<table:table-cell table:number-columns-repeated="{times}" ', 1)
            xml = xml.replace("<table:table-row ", f'<table:table-row table:number-rows-repeated="{times}" ', 1)
        found[name] = xml or one
    return found


XML = (elements_disturbed, elements_repeated, entities, nested, attributes_without_end, far_cells)
