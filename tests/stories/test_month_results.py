"""The month: each recipient's workbook holds its own fields and rows, compared with the account of what happened."""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from gateway.core.facts import Released
from gateway.demo.month import Account, Birth
from gateway.handler import Unreadable
from tests.world import Month, opened, table

Rows = list[tuple[object, ...]]
CONFIG = Path(__file__).parents[2] / "config"


def registered(account: Account, correct: bool) -> list[Birth]:
    """What public security reported: the correction leaves the last one out."""
    found = [birth for birth in account.births if birth.registered_on]
    return found[:-1] if correct else found


def newborns(division: str) -> Callable[[Account, bool], Rows]:
    def expected(account: Account, correct: bool) -> Rows:
        children = [birth.child for birth in registered(account, correct)]
        return [(c.village, c.sex, c.birth_date) for c in children if c.village.startswith(division)]

    return expected


def births_for_health(account: Account, correct: bool) -> Rows:
    return [
        (b.certificate, b.child.sex, b.child.birth_date, b.registered_on, b.child.village, bool(b.hospital))
        for b in registered(account, correct)
    ]


def unregistered(account: Account, correct: bool) -> Rows:
    known = {birth.certificate for birth in registered(account, correct)}
    return [
        (b.certificate, b.child.sex, b.child.birth_date, b.mother.id_number, b.mother.name, b.hospital, b.child.village)
        for b in account.births
        if b.hospital and b.certificate not in known
    ]


def uncancelled(account: Account, correct: bool) -> Rows:
    return [
        (d.person.id_number, d.person.name, d.person.sex, d.died_on, d.cremated_on, d.person.village)
        for d in account.uncancelled
    ]


def deaths(account: Account, correct: bool) -> Rows:
    return [
        (d.person.id_number, d.person.name, d.person.sex, d.person.birth_date, d.died_on, d.person.village)
        for d in account.deaths
        if d.cancelled_on
    ]


def totals(account: Account, correct: bool) -> Rows:
    count: Counter[tuple[str, str]] = Counter()
    for birth in registered(account, correct):
        count[birth.child.village, "born" + birth.child.sex] += 1
    for death in account.deaths:
        count[death.person.village, "died" + death.person.sex] += bool(death.cancelled_on)
    for couple in account.marriages:
        count[couple.wife.village, "married"] += 1
    columns = ("born1", "born2", "died1", "died2", "married")
    villages = sorted({village for (village, _), number in count.items() if number})
    return [(village, *(count[village, column] for column in columns)) for village in villages]


EXPECTED: dict[tuple[str, str], Callable[[Account, bool], Rows]] = {
    ("newborns_for_clinics", "bailu_clinic"): newborns("449921100"),
    ("newborns_for_clinics", "songquan_clinic"): newborns("449921101"),
    ("births_for_health", "health"): births_for_health,
    ("unregistered_births", "public_security"): unregistered,
    ("uncancelled_deaths", "public_security"): uncancelled,
    ("deaths_for_civil_affairs", "civil_affairs"): deaths,
    ("monthly_totals", "statistics"): totals,
}
RENEWED = {"newborns_for_clinics", "births_for_health", "unregistered_births", "monthly_totals"}
"""Results that read the births that were corrected."""


def releases(month: Month, result: str, department: str) -> list[tuple[Released, bytes]]:
    """The copies that this recipient got, oldest first, each with its workbook as its own key opens it."""
    found = []
    for fact in month.whole.of(Released):
        if (fact.result, fact.department) == (result, department):
            (sealed,) = [
                data
                for letter in month.whole.letters
                for name, data in letter.files().items()
                if name.endswith(".sealed") and fact.release in letter.subject
            ]
            found.append((fact, opened(month.county, department, sealed)))
    return found


def sorted_rows(rows: Iterable[tuple[object, ...]]) -> Rows:
    return sorted(rows, key=repr)


@pytest.mark.parametrize(("result", "department"), EXPECTED)
def test_a_recipients_workbook_holds_exactly_its_rows(month: Month, result: str, department: str) -> None:
    copies = releases(month, result, department)
    assert len(copies) == (2 if result in RENEWED else 1)
    for number, (fact, workbook) in enumerate(copies):
        _, rows = table(workbook)
        expected = EXPECTED[result, department](month.county.account, number == 1)
        assert sorted_rows(rows) == sorted_rows(expected)
        assert fact.rows == len(expected) > 0


def test_after_the_correction_the_child_that_was_struck_out_is_asked_after(month: Month) -> None:
    before, after = (table(book)[1] for _, book in releases(month, "unregistered_births", "public_security"))
    assert len(after) == len(before) + 1
    assert set(before) < set(after)


@pytest.mark.parametrize(("result", "department"), EXPECTED)
def test_its_columns_are_those_it_is_entitled_to(month: Month, result: str, department: str) -> None:
    described = tomllib.loads((CONFIG / "results" / f"{result}.toml").read_text(encoding="utf-8"))
    entitled = {
        field
        for one in tomllib.loads((CONFIG / "entitlements.toml").read_text(encoding="utf-8"))["entitlements"]
        if one["department"] == department and one["dataflow"] in described["dataflows"]
        for field in one["fields"]
    }
    counted = {"born_in_hospital", "boys_born", "girls_born", "men_died", "women_died", "marriages"}
    language = "en" if department == "statistics" else "zh_CN"
    titles = {column: title[language] for column, title in described["columns"].items()}
    for fact, workbook in releases(month, result, department):
        header, _ = table(workbook)
        assert header == [titles[column] for column in fact.fields]
        assert set(fact.fields) <= entitled | counted


def everything_in(workbook: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


@pytest.mark.parametrize(
    ("result", "department"),
    [("births_for_health", "health"), ("newborns_for_clinics", "bailu_clinic"), ("monthly_totals", "statistics")],
)
def test_no_name_or_number_of_anybody_is_anywhere_in_what_was_to_be_without(
    month: Month, result: str, department: str
) -> None:
    account = month.county.account
    people = [person for birth in account.births for person in (birth.child, birth.mother, birth.father)]
    people += [death.person for death in account.deaths]
    for _, workbook in releases(month, result, department):
        text = everything_in(workbook)
        assert not [person for person in people if person.id_number in text or person.name in text]


def test_nobody_else_can_open_it(month: Month) -> None:
    (fact, _), *_ = releases(month, "unregistered_births", "public_security")
    sealed = b"".join(month.county.gateway.store.read(fact.blob))
    for department in ("health", "civil_affairs", "statistics", "bailu_clinic"):
        with pytest.raises(Unreadable):
            opened(month.county, department, sealed)


def test_every_release_says_what_for_and_by_which_law(month: Month) -> None:
    for fact in month.whole.of(Released):
        described = tomllib.loads((CONFIG / "results" / f"{fact.result}.toml").read_text(encoding="utf-8"))
        assert (fact.purpose, fact.legal_basis) == (described["purpose"], described["legal_basis"])
