"""The one letter of the day to an officer: what is due, what is late, keys that end, and mail that used their name."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.duty import Digest, Item
from gateway.core.key_chasing import Ending, endings
from gateway.core.parties import Language, Officer, Role
from gateway.core.refusal import Refusal, sentence
from gateway.ledger.views import View
from gateway.perform.office import Office
from gateway.perform.writing import addressee, write_letter

TOLD = 20  # unproven mails told one by one; somebody may have sent thousands


def write_digest(office: Office, duty: Digest) -> None:
    """Write the digest; what it speaks of stands in its `about`, so that nothing is said twice."""
    officer = addressee(office, duty, duty.officer)
    if officer is None:
        return
    language = officer.language
    with office.store.view() as view:
        told = [(item.stage.partition("-")[0], _item(office, view, item, language)) for item in duty.items]
        unproven = [_unproven(view, arrival, language) for arrival in duty.unproven[:TOLD]]
    ending = {one.name: one for one in endings(office.rules, office.clock.now())}
    keys = [
        (item.stage.partition("-")[0], _key(office, ending[item.key], language))
        for item in duty.keys
        if item.key in ending
    ]
    values = {
        "day": duty.day.isoformat(),
        "department": office.rules.departments[officer.department].titles[language],
        "due": [one for stage, one in told if stage == "reminder"],
        "overdue": [one for stage, one in told if stage == "overdue"],
        "escalated": [one for stage, one in told if stage == "escalation"],
        "keys_due": [one for stage, one in keys if stage == "reminder"],
        "keys_ended": [one for stage, one in keys if stage == "overdue"],
        "keys_escalated": [one for stage, one in keys if stage == "escalation"],
        "unproven": unproven,
        "unproven_in_all": len(duty.unproven),
    }
    write_letter(office, duty, officer, values)


def _item(office: Office, view: View, item: Item, language: Language) -> Mapping[str, object]:
    standing = view.standing(item.obligation)
    assert standing is not None
    owed = standing.effective
    dataflow = office.rules.dataflows.get(owed.dataflow)
    department = office.rules.departments.get(owed.department)
    return {
        "title": dataflow.titles[language] if dataflow else owed.dataflow,
        "period": str(owed.period),
        "due": owed.due,
        "extended": standing.extended_until is not None,
        "rejected": standing.last_rejected is not None,
        "reporters": _names(department.officers if department else (), language),
    }


def _key(office: Office, ending: Ending, language: Language) -> Mapping[str, object]:
    owner = office.rules.officer(ending.officer)
    department = office.rules.departments[owner.department].titles[language] if owner else ""
    return {
        "key": ending.key,
        "until": ending.until,
        "owner": owner.name if owner else ending.officer,
        "department": department,
    }


def _names(officers: tuple[Officer, ...], language: Language) -> str:
    return language.comma.join(officer.name for officer in officers if officer.role is not Role.HEAD)


def _unproven(view: View, arrival_id: str, language: Language) -> Mapping[str, object]:
    arrival = view.arrival(arrival_id)
    assert arrival is not None
    why = sentence(Refusal(arrival.refusal or Refusal.UNPROVEN), language)
    return {"arrival": arrival_id, "had": arrival.had, "why": why}
