"""Invented people."""

from __future__ import annotations

from datetime import date

from stdnum import numdb
from stdnum.cn import ric

from gateway.demo.people import MAN, WOMAN, People

VILLAGES = ("449921100001", "449921101204")


def test_id_numbers_have_the_check_digit_of_the_standard() -> None:
    people = People(1, VILLAGES)
    for _ in range(500):
        number = people.person(date(1930, 1, 1), date(2026, 10, 1)).id_number
        assert ric.calc_check_digit(number) == number[17]


def test_an_id_number_tells_birth_and_sex() -> None:
    people = People(2, VILLAGES)
    for sex in (MAN, WOMAN) * 100:
        person = people.person(date(1950, 1, 1), date(2020, 12, 31), sex)
        assert ric.get_birth_date(person.id_number) == person.birth_date
        assert int(person.id_number[16]) % 2 == (sex == MAN)


def test_no_place_in_the_national_list_answers_to_the_first_six_digits() -> None:
    number = People(3, VILLAGES).person(date(1990, 1, 1), date(1990, 1, 1)).id_number
    names = [info for _, info in numdb.get("cn/loc").info(number[:6])]
    assert not any("county" in info for info in names)
    assert any("county" in info for _, info in numdb.get("cn/loc").info("110101"))


def test_no_number_comes_twice_though_the_birthday_is_the_same() -> None:
    people = People(4, VILLAGES)
    day = date(2000, 2, 29)
    numbers = [people.person(day, day).id_number for _ in range(600)]
    assert len(set(numbers)) == 600


def test_the_same_seed_draws_the_same_people_and_another_seed_others() -> None:
    first, same, other = (People(seed, VILLAGES).person(date(1980, 1, 1), date(2000, 1, 1)) for seed in (5, 5, 6))
    assert first == same
    assert first != other
