"""Rows of every dataflow of the example county, from one account of what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from random import Random

from gateway.demo.month import Account, Birth, Couple, Death, Move
from gateway.demo.people import People, Person

Value = str | int | float | bool | date | None
Row = Mapping[str, Value]
"""One case or total: field name → value."""

_VACCINES = ("BCG", "HEPB", "IPV", "DTP", "MMR", "JE", "MENA")
_SCHOOLS = (("3144990101", "白鹭镇中心小学"), ("3144990102", "松泉镇中心小学"), ("3144990103", "清岚县第一中学"))


def rows(account: Account, dataflow: str, division: str, people: People) -> list[Row]:
    """What a department of this division (six digits: the county, nine: a town) reports. Raises `KeyError`."""
    make = _MAKERS[dataflow]
    made: Iterable[Row] = make(account, people)
    return [row for row in made if str(row.get("village", division)).startswith(division)]


def _who(person: Person) -> dict[str, Value]:
    return {"id_number": person.id_number, "name": person.name, "sex": person.sex, "village": person.village}


def _registered_births(account: Account, people: People) -> Iterable[Row]:
    return [_registered_birth(birth) for birth in account.births if birth.registered_on]


def _registered_birth(birth: Birth) -> Row:
    return {
        **_who(birth.child),
        "birth_date": birth.child.birth_date,
        "registered_on": birth.registered_on,
        "certificate": birth.certificate,
        "mother_id_number": birth.mother.id_number,
        "mother_name": birth.mother.name,
        "father_id_number": birth.father.id_number,
    }


def _station_births(account: Account, people: People) -> Iterable[Row]:
    for birth in account.births:
        if birth.registered_on:
            yield {**_registered_birth(birth), "late": birth.child.birth_date.year < birth.registered_on.year}


def _hospital_births(account: Account, people: People) -> Iterable[Row]:
    return [_hospital_birth(birth) for birth in account.births if birth.hospital]


def _hospital_birth(birth: Birth) -> Row:
    return {
        "certificate": birth.certificate,
        "sex": birth.child.sex,
        "birth_date": birth.child.birth_date,
        "weight_grams": birth.weight_grams,
        "mother_id_number": birth.mother.id_number,
        "mother_name": birth.mother.name,
        "hospital": birth.hospital,
        "village": birth.child.village,
    }


def _clinic_births(account: Account, people: People) -> Iterable[Row]:
    for row in _hospital_births(account, people):
        yield {name: value for name, value in row.items() if name != "hospital"}


def _registered_deaths(account: Account, people: People) -> Iterable[Row]:
    for death in account.deaths:
        if death.cancelled_on:
            dates: dict[str, Value] = {"died_on": death.died_on, "cancelled_on": death.cancelled_on}
            yield {**_who(death.person), "birth_date": death.person.birth_date, **dates}


def _cremations(account: Account, people: People) -> Iterable[Row]:
    for death in account.deaths:
        if death.cremated_on:
            dates: dict[str, Value] = {"died_on": death.died_on, "cremated_on": death.cremated_on}
            yield {**_who(death.person), **dates, "crematorium": "清岚县殡仪馆"}


def _town_deaths(account: Account, people: People) -> Iterable[Row]:
    return [{**_who(d.person), "age": _age(d), "died_on": d.died_on} for d in account.deaths]


def _age(death: Death) -> int:
    born = death.person.birth_date
    return death.died_on.year - born.year - ((death.died_on.month, death.died_on.day) < (born.month, born.day))


def _couple(couple: Couple) -> dict[str, Value]:
    return {
        "husband_id_number": couple.husband.id_number,
        "husband_name": couple.husband.name,
        "wife_id_number": couple.wife.id_number,
        "wife_name": couple.wife.name,
        "registered_on": couple.registered_on,
        "village": couple.wife.village,
    }


def _marriages(account: Account, people: People) -> Iterable[Row]:
    for couple in account.marriages:
        husband, wife = couple.statuses
        more = {"husband_status": husband, "wife_status": wife, "certificate": couple.certificate}
        yield {**_couple(couple), **more}


def _town_couples(account: Account, people: People) -> Iterable[Row]:
    return [_couple(couple) for couple in account.marriages]


def _divorces(account: Account, people: People) -> Iterable[Row]:
    for couple in account.divorces:
        yield {**_couple(couple), "certificate": couple.certificate, "children": couple.children}


def _moves(account: Account, people: People) -> Iterable[Row]:
    return [_move(move) for move in account.moves]


def _move(move: Move) -> Row:
    other = {"other_place": move.other_place, "reason": move.reason}
    return {**_who(move.person), "direction": move.direction, "moved_on": move.moved_on, **other}


def _temporary(account: Account, people: People) -> Iterable[Row]:
    for _ in range(8):
        on = people.day(account.first, account.last)
        person = people.adult(on, 19, 55)
        more: Row = {"event": people.chance.choice("12"), "registered_on": on, "home_place": "449935"}
        yield {**_who(person), "birth_date": person.birth_date, **more}


def _adoptions(account: Account, people: People) -> Iterable[Row]:
    on = people.day(account.first, account.last)
    child, adopter = people.person(date(on.year - 6, 1, 1), date(on.year - 2, 1, 1)), people.adult(on, 36, 48)
    yield {
        "child_id_number": child.id_number,
        "child_name": child.name,
        "sex": child.sex,
        "birth_date": child.birth_date,
        "adopter_id_number": adopter.id_number,
        "adopter_name": adopter.name,
        "certificate": f"S449921-{on.year}-0001",
        "registered_on": on,
        "village": child.village,
    }


def _infant_deaths(account: Account, people: People) -> Iterable[Row]:
    birth = account.births[0]
    yield {
        "certificate": birth.certificate,
        "sex": birth.child.sex,
        "birth_date": birth.child.birth_date,
        "died_on": people.day(birth.child.birth_date, account.last),
        "cause": "早产",
        "village": birth.child.village,
    }


def _halves(chance: Random, names: tuple[str, str], most: int) -> dict[str, Value]:
    """Two numbers and their sum."""
    one, other = chance.randrange(most), chance.randrange(most)
    return {names[0]: one, names[1]: other, "total": one + other}


def _vaccinations(account: Account, people: People) -> Iterable[Row]:
    for village in people.villages:
        for vaccine in _VACCINES:
            yield {"village": village, "vaccine": vaccine, **_halves(people.chance, ("boys", "girls"), 6)}


def _antenatal(account: Account, people: People) -> Iterable[Row]:
    for village in people.villages:
        registered = people.chance.randrange(4, 20)
        visits, risk = registered * people.chance.randrange(1, 4), people.chance.randrange(registered // 2)
        more = {"visits": visits, "high_risk": risk, "postnatal": people.chance.randrange(10)}
        yield {"village": village, "registered": registered, **more}


def _population(account: Account, people: People) -> Iterable[Row]:
    for village in people.villages:
        counts = {"men": people.chance.randrange(600, 1400), "women": people.chance.randrange(600, 1400)}
        total = sum(counts.values())
        yield {"village": village, "households": total // 3, **counts, "total": total}


def _pupils(account: Account, people: People) -> Iterable[Row]:
    for code, school in _SCHOOLS:
        for grade in range(1, 7) if school.endswith("小学") else range(7, 10):
            counts = _halves(people.chance, ("boys", "girls"), 60)
            elsewhere = people.chance.randrange(1 + int(str(counts["total"])) // 5)
            yield {"school_code": code, "school": school, "grade": f"{grade:02}", **counts, "from_elsewhere": elsewhere}


def _dwellings(account: Account, people: People) -> Iterable[Row]:
    for number in range(1, 13):
        owner = people.adult(account.last, 28, 70)
        yield {
            "dwelling": f"449921001001GB{number:05}F{number:08}",
            "address": f"清岚县虚拟路{number}号",
            "owner_id_number": owner.id_number,
            "owner_name": owner.name,
            "area": round(people.chance.uniform(45, 160), 2),
            "residents": people.chance.randrange(7),
            "village": owner.village,
        }


def _survey(account: Account, people: People) -> Iterable[Row]:
    for town in sorted({village[:9] for village in people.villages}):
        men, women = people.chance.randrange(4000, 6000), people.chance.randrange(4000, 6000)
        rates = {"birth_rate": 6.4, "death_rate": 7.9}
        yield {"town": town, "source": "annual", "men": men, "women": women, "total": men + women, **rates}


def _urgent(account: Account, people: People) -> Iterable[Row]:
    on = people.day(account.first, account.last)
    text = "工地集中招工，新增暂住人口"
    yield {"kind": "1", "happened_on": on, "people": 86, "text": text, "village": people.villages[0]}


_MAKERS: Mapping[str, Callable[[Account, People], Iterable[Row]]] = {
    "registered_births": _registered_births,
    "registered_deaths": _registered_deaths,
    "moves": _moves,
    "temporary_residents": _temporary,
    "population_totals": _population,
    "hospital_births": _hospital_births,
    "vaccinations": _vaccinations,
    "infant_deaths": _infant_deaths,
    "marriages": _marriages,
    "divorces": _divorces,
    "cremations": _cremations,
    "adoptions": _adoptions,
    "pupils": _pupils,
    "dwellings": _dwellings,
    "survey_figures": _survey,
    "town_couples": _town_couples,
    "town_deaths": _town_deaths,
    "clinic_antenatal": _antenatal,
    "clinic_births": _clinic_births,
    "clinic_vaccinations": _vaccinations,
    "clinic_infant_deaths": _infant_deaths,
    "station_births": _station_births,
    "station_moves": _moves,
    "station_deaths": _registered_deaths,
    "urgent_events": _urgent,
}
