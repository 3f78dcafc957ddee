"""Whether a submission counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.agreement import ProofKind, Protection
from gateway.core.calendar import obligation_for
from gateway.core.decide import OF_THE_MOMENT, Admission, Claim, Known, Refused, Repeated, decide
from gateway.core.refusal import Refusal
from tests.core.small_county import OCTOBER, TIMETABLES, WORKING_DAYS, agreement, at

AGREED = agreement("health", "births")
BIRTHS = obligation_for(AGREED, TIMETABLES["monthly"], OCTOBER, WORKING_DAYS)
SEALED, PROTECTED = frozenset({ProofKind.SEAL}), frozenset({Protection.SEALED})
CLAIM = Claim("health", "births", OCTOBER, at("2026-10-20"), SEALED, PROTECTED, "same-1", "m1", "k1", 7)
KNOWN = Known(AGREED, BIRTHS)
ACCEPTED = replace(KNOWN, versions=1, accepted="s1", accepted_sameness="same-0", sequence=6)


def test_the_first_that_is_admitted_is_version_one() -> None:
    assert decide(CLAIM, KNOWN) == Admission(1, "first")


def test_before_acceptance_another_is_a_replacement() -> None:
    assert decide(CLAIM, replace(KNOWN, versions=2)) == Admission(3, "replacement")


def test_after_acceptance_another_is_a_correction() -> None:
    assert decide(CLAIM, ACCEPTED) == Admission(2, "correction")


def test_a_dataflow_without_an_agreement_is_not_owed() -> None:
    assert decide(CLAIM, replace(KNOWN, agreement=None)) == Refused(Refusal.NOT_OWED)


def test_a_period_that_the_agreement_never_asks_for_is_not_owed() -> None:
    assert decide(CLAIM, replace(KNOWN, obligation=None)) == Refused(Refusal.NOT_OWED)


@pytest.mark.parametrize("proof", ProofKind)
def test_the_agreement_says_which_proofs_suffice(proof: ProofKind) -> None:
    expected = Admission(1, "first") if proof in AGREED.proofs else Refused(Refusal.PROOF_TOO_WEAK)
    if proof is ProofKind.ADMITTED:
        expected = Admission(1, "first")
    assert decide(replace(CLAIM, proofs=frozenset({proof})), KNOWN) == expected


def test_where_it_must_be_sealed_a_plain_file_is_refused() -> None:
    strict = replace(KNOWN, agreement=replace(AGREED, must_be_sealed=True))
    plain = replace(CLAIM, protections=frozenset(), proofs=frozenset({ProofKind.SUBMISSION}))
    assert decide(plain, strict) == Refused(Refusal.MUST_BE_SEALED)
    assert decide(CLAIM, strict) == Admission(1, "first")


@pytest.mark.parametrize(
    ("had", "outcome"),
    [
        ("2026-09-30 23:59:59", Refused(Refusal.NOT_OPEN)),
        ("2026-10-01", Admission(1, "first")),
        ("2026-11-15", Admission(1, "first")),
        ("2026-11-27 23:59:59", Admission(1, "first")),
        ("2026-11-28", Refused(Refusal.CLOSED)),
    ],
)
def test_what_counts_is_when_we_had_it(had: str, outcome: Admission | Refused) -> None:
    assert decide(replace(CLAIM, had=at(had)), KNOWN) == outcome


@pytest.mark.parametrize("sequence", [1, 6])
def test_a_file_sealed_before_one_already_admitted_is_out_of_date(sequence: int) -> None:
    assert decide(replace(CLAIM, sequence=sequence), ACCEPTED) == Refused(Refusal.SEQUENCE_OLD)


def test_a_file_without_a_sequence_has_no_order() -> None:
    plain = replace(CLAIM, sequence=None, key=None, manifest=None, protections=frozenset())
    assert decide(plain, replace(ACCEPTED, sequence=None)) == Admission(2, "correction")


def test_the_content_of_the_current_version_again_is_a_duplicate_of_it() -> None:
    assert decide(replace(CLAIM, sameness="same-0"), ACCEPTED) == Repeated("s1")


def test_the_content_of_the_current_version_is_a_duplicate_even_after_closing() -> None:
    assert decide(replace(CLAIM, sameness="same-0", had=at("2027-01-01")), ACCEPTED) == Repeated("s1")


def test_a_weak_proof_does_not_learn_whether_the_content_is_known() -> None:
    weak = replace(CLAIM, sameness="same-0", proofs=frozenset({ProofKind.DKIM}))
    assert decide(weak, ACCEPTED) == Refused(Refusal.PROOF_TOO_WEAK)


@given(
    st.frozensets(st.sampled_from(list(ProofKind)), min_size=1),
    st.frozensets(st.sampled_from(list(Protection))),
    st.integers(0, 9),
    st.sampled_from(["2026-01-01", "2026-10-20", "2027-10-20"]),
    st.booleans(),
)
def test_an_old_sealed_file_again_is_always_a_duplicate_of_that_old_submission(
    proofs: frozenset[ProofKind], protections: frozenset[Protection], sequence: int, had: str, owed: bool
) -> None:
    replay = replace(CLAIM, proofs=proofs, protections=protections, sequence=sequence, had=at(had))
    seen = replace(ACCEPTED, same_manifest="s0", agreement=AGREED if owed else None)
    assert decide(replay, seen) == Repeated("s0")


def test_refusals_of_the_moment_do_not_speak_of_content() -> None:
    assert Refusal.FINDINGS not in OF_THE_MOMENT
    assert Refusal.NOT_OPEN in OF_THE_MOMENT
