"""Finding one's way in the rules, and the sentences that refusals have."""

from __future__ import annotations

import pytest

from gateway.core.dataflow import Code
from gateway.core.facts import KINDS, Fact
from gateway.core.parties import Language, Titles
from gateway.core.refusal import Refusal, sentence
from gateway.handler import Trouble
from tests.core.small_county import RULES


def test_an_officer_is_found_by_id_and_by_address() -> None:
    li = RULES.officer("li")
    assert li is not None and li.department == "health"
    assert RULES.officer_at("LI@County.Example") == li
    assert RULES.officer("nobody") is RULES.officer_at("nobody@county.example") is None


def test_a_department_owes_what_its_agreements_say() -> None:
    assert [one.dataflow for one in RULES.owed_by("civil")] == ["births", "marriages"]


def test_titles_are_read_in_a_language() -> None:
    titles = Titles("出生", "births")
    assert (titles[Language.ZH_CN], titles[Language.EN]) == ("出生", "births")


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_a_sentence_in_each_language(refusal: Refusal) -> None:
    assert sentence(refusal, Language.ZH_CN).endswith("。")
    assert sentence(refusal, Language.EN).endswith(".")


def test_whatever_a_handler_cannot_read_has_a_refusal() -> None:
    assert {trouble.value for trouble in Trouble} <= {refusal.value for refusal in Refusal}


def test_every_kind_and_version_of_a_fact_is_a_class_of_its_own() -> None:
    assert len(KINDS) == len(set(KINDS.values()))
    versions: dict[str, list[int]] = {}
    for kind, version in KINDS:
        versions.setdefault(kind, []).append(version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
    assert all(issubclass(kind, Fact) and name == kind.KIND for (name, _), kind in KINDS.items())


def test_a_code_is_offered_with_its_title() -> None:
    code = Code("1", Titles("男性", "Male"))
    assert [code.choice(language) for language in Language] == ["1 男性", "1 Male"]
