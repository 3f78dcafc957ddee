"""The page finds a header where the gateway finds it, and misses the same columns."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable

from gateway.checks.normal import header_keys, key
from gateway.checks.sheet import find_header
from gateway.core.dataflow import Dataflow
from tests.kit.county import county
from tests.kit.page.person import Person

ALPHABET = "性别日期出生（）()[]【】《》 _-－—·.。:：/\\'\"＋+aAzZＡ１2３éßẞİıΣςﬁⅣ①½²々ー゙́​﻿\u202e\u3000\t\n½𠮷😀"


def described(flow: Dataflow) -> dict[str, object]:
    fields = [(f.name, {"zh_CN": f.titles.zh_CN, "en": f.titles.en}, f.aliases, f.required) for f in flow.fields]
    return {"fields": [dict(zip(("name", "titles", "aliases", "required"), f, strict=True)) for f in fields]}


def widened(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


ACCIDENTS: list[Callable[[str], str]] = [
    str,
    str.upper,
    widened,
    lambda title: f" {title}　",
    lambda title: "\n".join(title),
    lambda title: f"{title}（必填）",
    lambda title: title[:-1],
    lambda title: f"*{title}:",
    lambda title: "备注",
]
"""How a title may be typed."""


def sheet(chance: random.Random, flow: Dataflow) -> list[list[str]]:
    """Titles above, a header with columns missing, doubled and unknown, rows below."""
    named = [chance.choice([f.titles.zh_CN, f.titles.en, f.name, *f.aliases]) for f in flow.fields]
    header = [chance.choice(ACCIDENTS)(title) for title in named if chance.random() < 0.8]
    chance.shuffle(header)
    above = [[chance.choice(["", "2026年12月", flow.titles.zh_CN, "12345"])] for _ in range(chance.randrange(4))]
    return [*above, header, *[[str(number)] * len(header) for number in range(3)]]


def test_texts_become_the_same_keys(person: Callable[..., Person], modules: str) -> None:
    chance = random.Random(11)
    texts = ["".join(chance.choices(ALPHABET, k=chance.randrange(1, 12))) for _ in range(2000)]
    page = person().page
    page.js(modules)
    found = page.js(f"{json.dumps(texts)}.map((text) => [modules.header.key(text), modules.header.headerKeys(text)])")
    expected = [[key(text), list(header_keys(text))] for text in texts]
    assert [(text, f) for text, f, e in zip(texts, found, expected, strict=True) if f != e] == []


def test_the_same_row_is_the_header_with_the_same_columns_missing(person: Callable[..., Person], modules: str) -> None:
    chance = random.Random(12)
    page = person().page
    page.js(modules)
    tried = Counter[bool | None]()
    for flow in county().dataflows.values():
        sheets = [sheet(chance, flow) for _ in range(40)]
        found = page.js(
            f"{json.dumps(sheets)}.map((rows) => modules.header.findHeader({json.dumps(described(flow))}, rows))"
            ".map((header) => header && [header.row, header.missing.map((field) => field.name)])"
        )
        for rows, answer in zip(sheets, found, strict=True):
            shape = find_header(flow, rows)
            assert answer == (shape and [shape.header_row, list(shape.missing)]), rows
            tried[shape and shape.is_whole] += 1
    assert len(tried) == 3, "none, one with columns missing, a whole one"
    assert min(tried.values()) > 20
