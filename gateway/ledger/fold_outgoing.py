"""What facts about letters, results, keys and the journal itself do to the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core import facts
from gateway.core.matter import Matter
from gateway.ledger import statements as s
from gateway.ledger.statements import Step


def began(index: int, fact: facts.Began) -> Sequence[Step]:
    return ((s.add_era, {"began": index, "began_at": fact.at, "origin": fact.origin, "era": fact.era}),)


def restored(index: int, fact: facts.Restored) -> Sequence[Step]:
    return ((s.add_era, {"began": index, "began_at": fact.at, "origin": fact.origin, "era": fact.era}),)


def configured(index: int, fact: facts.Configured) -> Sequence[Step]:
    row = {"configured": index, "configured_at": fact.at, "version": fact.version, "blob": fact.blob}
    return ((s.add_configuration, row),)


def key_offered(index: int, fact: facts.KeyOffered) -> Sequence[Step]:
    row = {
        "offered": index, "offered_at": fact.at, "officer": fact.officer, "fingerprint": fact.fingerprint,
        "arrival": fact.arrival, "blob": fact.blob, "proof": fact.proof and fact.proof.value,
        "sealed_by": fact.sealed_by,
    }  # fmt: skip
    return ((s.add_key_offer, row),)


def key_confirmed(index: int, fact: facts.KeyConfirmed | facts.KeyConfirmed1) -> Sequence[Step]:
    row = {
        "confirmed": index, "confirmed_at": fact.at, "key": fact.key, "officer": fact.officer,
        "fingerprint": fact.fingerprint, "by": fact.by,
    }  # fmt: skip
    return ((s.add_key_confirmation, row),)


def key_revoked(index: int, fact: facts.KeyRevoked) -> Sequence[Step]:
    row = {
        "revoked": index, "revoked_at": fact.at, "key": fact.key, "officer": fact.officer,
        "from_instant": fact.from_instant, "by": fact.by,
    }  # fmt: skip
    return ((s.add_key_revocation, row),)


def written(index: int, fact: facts.Written) -> Sequence[Step]:
    row = {
        "letter": fact.letter, "written": index, "written_at": fact.at, "kind": fact.kind, "officer": fact.officer,
        "outlet": fact.outlet, "blob": fact.blob, "digest": fact.digest, "sent": None, "sent_at": None,
        "dropped": None, "dropped_why": None, "undeliverable": None, "undeliverable_code": None,
    }  # fmt: skip
    steps: list[Step] = [(s.add_letter, row)]
    for position, about in enumerate(fact.about):
        what = {"kind": about.kind, "id": about.id, "stage": about.stage}
        steps.append((s.add_about, {"letter": fact.letter, "position": position} | what))
        match Matter.of(about):
            case Matter.VERDICT:
                steps.append((s.answer_arrival, {"of_arrival": about.id}))
            case Matter.QUESTION | Matter.UNPROVEN:
                steps.append((s.tell_of_arrival, {"of_arrival": about.id}))
            case Matter.INTEGRATED:
                steps.append((s.tell_of_integration, {"of_submission": about.id}))
    return steps


def sent(index: int, fact: facts.Sent) -> Sequence[Step]:
    return ((s.send_letter, {"of_letter": fact.letter, "sent": index, "sent_at": fact.at}),)


def dropped(index: int, fact: facts.Dropped) -> Sequence[Step]:
    return ((s.drop_letter, {"of_letter": fact.letter, "dropped": index, "dropped_why": fact.why}),)


def undeliverable(index: int, fact: facts.Undeliverable) -> Sequence[Step]:
    failed = {"of_letter": fact.letter, "undeliverable": index, "undeliverable_code": fact.code}
    alarm = {"index": index, "at": fact.at, "kind": fact.KIND, "about": fact.letter, "since": None}
    return (s.fail_letter, failed), (s.add_alarm, alarm)


def troubled(index: int, fact: facts.Troubled) -> Sequence[Step]:
    alarm = {"index": index, "at": fact.at, "kind": fact.KIND, "about": fact.duty, "since": fact.since}
    return ((s.add_alarm, alarm),)


def integrated(index: int, fact: facts.Integrated) -> Sequence[Step]:
    row = {
        "integration": fact.integration, "integrated": index, "integrated_at": fact.at, "dataflow": fact.dataflow,
        "period": fact.period, "missing": fact.missing, "rows": fact.rows, "table": fact.table,
    }  # fmt: skip
    steps: list[Step] = [(s.add_integration, row)]
    for submission in fact.submissions:
        part = {"integration": fact.integration, "submission": submission}
        steps.append((s.add_integration_submission, part))
        steps.append((s.integrate_submission, {"of_submission": submission, "integrated": index}))
    return steps


def released(index: int, fact: facts.Released) -> Sequence[Step]:
    row = {
        "release": fact.release, "released": index, "released_at": fact.at, "result": fact.result,
        "period": fact.period, "department": fact.department, "integrations": fact.integrations,
        "fields": fact.fields, "rows": fact.rows, "purpose": fact.purpose, "legal_basis": fact.legal_basis,
        "blob": fact.blob, "digest": fact.digest, "configured": fact.configured,
    }  # fmt: skip
    return ((s.add_release, row),)


def accessed(index: int, fact: facts.Accessed) -> Sequence[Step]:
    row = {
        "accessed": index, "accessed_at": fact.at, "by": fact.by, "what": fact.what, "fields": fact.fields,
        "rows": fact.rows, "reason": fact.reason,
    }  # fmt: skip
    return ((s.add_access, row),)


def erased(index: int, fact: facts.Erased) -> Sequence[Step]:
    steps: list[Step] = []
    for blob in fact.blobs:
        row = {"blob": blob, "erased": index, "erased_at": fact.at, "why": fact.why}
        steps += [(s.add_erased_blob, row), (s.erase_arrival, {"of_blob": blob, "erased": index})]
    return steps
