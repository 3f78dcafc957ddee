"""An arrival's dossier: all that its examination leaves to be settled, kept and told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.checks.check import Checked
from gateway.checks.tables import table_bytes
from gateway.core.parties import Language
from gateway.judge.apart import counts_of
from gateway.judge.case import Case, Examined, Means
from gateway.judge.details import Details
from gateway.judge.examine import examine
from gateway.judge.submissions import Found
from gateway.judge.telling import accepted_tables, details_of


@dataclass(frozen=True, slots=True)
class Dossier:
    """Plain data, so that another process may have drawn it up. `tables`, by place in `examined.found`, are encoded.

    The sheets themselves are gone: of what was checked `examined` has the counts, and `details` the findings in words.
    """

    examined: Examined
    details: Details = field(repr=False)
    tables: Mapping[int, bytes] = field(repr=False)


def draw_up(case: Case, means: Means) -> Dossier:
    """Examine an arrival, and write down what came of it. Raises `Temporary` as `examine` does."""
    examined = examine(case, means)
    details = details_of(case, examined, _language(examined, means))
    tables = accepted_tables(examined.found)
    return Dossier(replace(examined, found=tuple(map(_without_sheets, examined.found)), files=()), details, tables)


def _language(examined: Examined, means: Means) -> Language:
    officer = means.rules.officer(examined.proof.officer) if examined.proof else None
    return officer.language if officer else Language.ZH_CN


def _without_sheets(found: Found) -> Found:
    repaired = found.repaired
    return replace(
        found,
        document=replace(found.document, tables=()),
        checked=found.checked and counts_of(found.checked),
        repaired=repaired and replace(repaired, checked=_encoded(repaired.checked)),
    )


def _encoded(checked: Checked) -> Checked:
    return replace(counts_of(checked), encoded=table_bytes(checked))
