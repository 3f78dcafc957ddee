"""An arrival's dossier: all that its examination leaves to be settled, kept and told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.checks.asked import explained_in
from gateway.checks.check import Checked
from gateway.checks.tables import table_bytes
from gateway.core.parties import Language
from gateway.judge.apart import counts_of
from gateway.judge.case import Case, Examined, Means
from gateway.judge.details import Details
from gateway.judge.examine import examine
from gateway.judge.submissions import Found
from gateway.judge.telling import accepted_tables, content_digests, details_of


@dataclass(frozen=True, slots=True)
class Dossier:
    """Plain data, so that another process may have drawn it up. `tables`, by place in `examined.found`, are encoded.

    The sheets themselves are gone: of what was checked `examined` has the counts, and `details` the findings in words.
    `said` is what reports say to their own queries, in a column for that: by place, and by the number of the query.
    """

    examined: Examined
    details: Details = field(repr=False)
    tables: Mapping[int, bytes] = field(repr=False)
    said: Mapping[int, Mapping[int, str]] = field(default_factory=dict, repr=False)


def draw_up(case: Case, means: Means) -> Dossier:
    """Examine an arrival, and write down what came of it. Raises `Temporary` as `examine` does."""
    examined = examine(case, means)
    tables = accepted_tables(examined.found)
    contents = content_digests(tables, means.sameness_key)
    details = details_of(case, examined, _language(examined, means), contents)
    said = {number: texts for number, one in enumerate(examined.found) if (texts := _said(one, details, number))}
    found = tuple(map(_without_sheets, examined.found))
    return Dossier(replace(examined, found=found, files=()), details, tables, said)


def _said(found: Found, details: Details, number: int) -> Mapping[int, str]:
    recognised = found.recognised
    if recognised is None or recognised.table is None or recognised.shape is None:
        return {}
    return explained_in(details.submissions[number].asked, recognised.table, recognised.shape)


def _language(examined: Examined, means: Means) -> Language:
    officer = means.rules.officer(examined.proof.officer) if examined.proof else None
    return officer.language if officer else Language.ZH_CN


def _without_sheets(found: Found) -> Found:
    repaired = found.repaired
    return replace(
        found,
        document=replace(found.document, tables=()),
        checked=found.checked and counts_of(found.checked),
        recognised=None,
        repaired=repaired and replace(repaired, checked=_encoded(repaired.checked)),
    )


def _encoded(checked: Checked) -> Checked:
    return replace(counts_of(checked), encoded=table_bytes(checked))
