"""What `seal.html` is told about its officer."""

from __future__ import annotations

from gateway.core.agreement import Obligation
from gateway.core.dataflow import Dataflow
from gateway.core.parties import Department, Titles
from gateway.keyring.lines import instant_word
from gateway.kit.owing import Owing
from gateway.kit.page.shape import DataflowOf, GatewayOf, PartyOf, PeriodOf, SealPage, TitlesOf
from gateway.kit.terms import Terms

_OVERHEAD = 20_000  # bytes of a mail around its attachment


def page_data(terms: Terms) -> SealPage:
    """The data of this officer's page. Periods that have closed are left out, keys that do not count as well."""
    rules, officer = terms.rules, terms.officer
    valid = [
        name
        for name in officer.keys
        if (key := rules.keys[name]).valid_from <= terms.at < key.valid_until and not key.revoked
    ]
    return {
        "version": 1,
        "language": terms.language.value,
        "made": instant_word(terms.at),
        "zone": rules.working_days.zone,
        "officer": {"id": officer.id, "name": officer.name, "keys": valid},
        "department": _party(terms.department),
        "lead_office": _party(terms.lead_office),
        "gateway": _gateway(terms),
        "dataflows": [_dataflow(one, terms) for one in terms.owing],
        "results": [
            {"id": result.id, "titles": _titles(result.titles)}
            for result in rules.results.values()
            if officer.department in result.recipients
        ],
    }


def _gateway(terms: Terms) -> GatewayOf:
    found: GatewayOf = {"address": terms.rules.mailbox, "keys": list(terms.key.lines)}
    if terms.largest:
        found["largest"] = max(0, (terms.largest - _OVERHEAD) * 57 // 78)  # base64, in lines of 76 and their ends
    return found


def _dataflow(one: Owing, terms: Terms) -> DataflowOf:
    flow: Dataflow = one.dataflow
    fields = [
        {"name": f.name, "titles": _titles(f.titles), "aliases": list(f.aliases), "required": f.required}
        for f in flow.fields
    ]
    return {
        "id": flow.id,
        "titles": _titles(flow.titles),
        "aliases": list(flow.aliases),
        "frequency": one.timetable.frequency.value,
        "fields": fields,  # type: ignore[typeddict-item]
        "periods": [_period(owed) for owed in one.obligations if owed.closes > terms.at],
    }


def _period(owed: Obligation) -> PeriodOf:
    return {
        "period": str(owed.period),
        "opens": instant_word(owed.opens),
        "due": instant_word(owed.due),
        "closes": instant_word(owed.closes),
    }


def _party(department: Department) -> PartyOf:
    return {"id": department.id, "titles": _titles(department.titles)}


def _titles(titles: Titles) -> TitlesOf:
    return {"zh_CN": titles.zh_CN, "en": titles.en}
