"""The page's own modules and the written vectors agree, both ways, in the browser itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.handlers import by_hand, make_vectors
from tests.handlers.test_sealed_vectors import WRITTEN
from tests.kit.page.browser import Page
from tests.kit.page.person import Person

KEYS = WRITTEN["good.json"]
LARGE = {vector[0]: vector for vector in make_vectors.bad() if vector[0].startswith("large:")}


@pytest.fixture
def asked(tab: Page, person: Any, modules: str) -> Page:
    """The page with its modules at hand."""
    somebody: Person = person()
    somebody.page.js(modules)
    somebody.page.js("modules.ready")
    keys = {name: value for name, value in KEYS.items() if isinstance(value, str)}
    somebody.page.js(f"vectors.know({json.dumps(keys)})")
    return tab


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_each_vector_is_read_as_it_says(asked: Page, name: str) -> None:
    vectors = WRITTEN[name]["vectors"]
    found = asked.js(f"{json.dumps([vector['file'] for vector in vectors])}.map(vectors.said)")
    wrong = [
        (vector["name"], vector["expect"], answer["verdict"])
        for vector, answer in zip(vectors, found, strict=True)
        if answer["verdict"] != vector["expect"] or answer.get("manifest") != vector.get("manifest")
    ]
    assert not wrong
    assert len(found) > (5 if name == "good.json" else 25)


@pytest.mark.parametrize("name", sorted(LARGE))
def test_large_bad_files_are_read_as_they_say(asked: Page, name: str) -> None:
    _, expect, about, file = LARGE[name]
    assert asked.js(f"vectors.said({json.dumps(base64.b64encode(file).decode())})")["verdict"] == expect, about


@pytest.mark.parametrize("vector", KEYS["vectors"], ids=[vector["name"] for vector in KEYS["vectors"]])
def test_from_the_same_chance_the_page_writes_the_same_bytes(asked: Page, vector: dict[str, str]) -> None:
    """But for the slots: the key that `crypto_box_seal` draws for each of them cannot be given."""
    file = base64.b64decode(vector["file"])
    header = file[: 9 + 88 * file[8] + 24]
    _, _, files = by_hand.read(file, by_hand.RECIPIENT)
    inputs = [base64.b64encode(data).decode() for data in (header, *files.values())]
    made = asked.js(f"vectors.written({vector['manifest']}, {json.dumps(inputs)})")
    assert base64.b64decode(made) == file
