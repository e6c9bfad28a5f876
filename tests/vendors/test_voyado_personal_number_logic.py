"""Voyado: social security numbers and days, and that the contract says the same as the code."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.vendors.voyado import contact_logic, identifier_logic, timestamps
from mockserver.vendors.voyado.personal_number_logic import birthday, finnish, normal, swedish

TODAY = "2026-01-05"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("198506059738", "198506059738"),  # the documentation's, wrong check digit and all
        ("850605-9738", "198506059738"),
        ("198506059735", "198506059735"),
        ("198506059736", None),
        ("19850605973", None),
        ("198513059735", None),
        ("198001010008", None),
        ("211212+1212", None),
        ("131052-308T", "131052-308T"),
        ("310299-901A", None),
        ("", None),
        ("19850605973\u0665", None),
    ],
)
def test_numbers_are_kept_in_one_form(text: str, kept: str | None) -> None:
    assert normal(text, TODAY) == kept


def test_a_number_of_two_digit_years_is_of_the_youngest_possible_person() -> None:
    young, old = swedish(date(2025, 12, 31), 980), swedish(date(1926, 2, 1), 980)
    assert normal(young[2:], TODAY) == young
    assert normal(old[2:], TODAY) == old
    assert normal(f"{swedish(date(1925, 12, 31), 980)[2:8]}+{young[8:]}", TODAY) == "1925" + young[4:]


@pytest.mark.parametrize("born", [date(1899, 12, 31), date(1952, 10, 13), date(2004, 2, 29)])
@pytest.mark.parametrize("make", [swedish, finnish])
def test_made_numbers_are_valid_and_know_the_birthday(make: Callable[[date, int], str], born: date) -> None:
    for serial in (900, 989, 999):
        number = make(born, serial)
        assert normal(number, TODAY) == number
        assert birthday(number) == born.isoformat()
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        assert normal(wrong, TODAY) is None


def test_anniversaries_come_every_year() -> None:
    for month_day in ("01-01", "02-28", "02-29", "03-01", "12-31"):
        kept = []
        day = date(2026, 1, 5)
        for _ in range(4):
            following = timestamps.next_anniversary(month_day, day.isoformat())
            assert month_day in timestamps.keeps_anniversaries(following)
            between = [
                (day + timedelta(days=days)).isoformat()
                for days in range(1, (date.fromisoformat(following) - day).days)
            ]
            assert not any(month_day in timestamps.keeps_anniversaries(one) for one in between)
            day = date.fromisoformat(following)
            kept.append(following)
        assert [one[:4] for one in kept] == sorted({one[:4] for one in kept})


def test_contract_and_code_know_the_same_addresses_and_attributes() -> None:
    schemas = yaml_loader.read(contracts() / "voyado" / "openapi.yaml")["components"]["schemas"]
    address = schemas["EmailAddress"]
    assert address["pattern"] == f"^{identifier_logic.EMAIL.pattern}$"
    assert address["maxLength"] == identifier_logic.LONGEST_EMAIL
    writable = set(schemas["WritableContact"]["properties"])
    others = {"socialSecurityNumber", "createdInStore", "preferences", "consents"}
    assert writable == {*contact_logic.TEXTS, *contact_logic.FORMED, *others}
    number = re.compile(schemas["SocialSecurityNumber"]["pattern"])
    for text in ("198506059738", "850605-9738", "200101+9807", "131052-308T", "010101A900R"):
        assert number.search(text)
