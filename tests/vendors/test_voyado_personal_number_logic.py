"""Voyado: validation and generation of social security numbers."""

from collections.abc import Callable
from datetime import date

import pytest

from mockserver.vendors.voyado.personal_number_logic import birthday, make_finnish, make_swedish, normalize

TODAY = "2026-01-05"


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("198506059738", "198506059738"),  # documented, despite its wrong check digit
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
def test_numbers_are_normalized(text: str, normalized: str | None) -> None:
    assert normalize(text, TODAY) == normalized


def test_a_number_without_century_belongs_to_the_youngest_possible_person() -> None:
    young, old = make_swedish(date(2025, 12, 31), 980), make_swedish(date(1926, 2, 1), 980)
    assert normalize(young[2:], TODAY) == young
    assert normalize(old[2:], TODAY) == old
    assert normalize(f"{make_swedish(date(1925, 12, 31), 980)[2:8]}+{young[8:]}", TODAY) == "1925" + young[4:]


@pytest.mark.parametrize("born", [date(1899, 12, 31), date(1952, 10, 13), date(2004, 2, 29)])
@pytest.mark.parametrize("make", [make_swedish, make_finnish])
def test_generated_numbers_are_valid_and_contain_the_birthday(
    make: Callable[[date, int], str], born: date
) -> None:
    for serial in (900, 989, 999):
        number = make(born, serial)
        assert normalize(number, TODAY) == number
        assert birthday(number) == born.isoformat()
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        assert normalize(wrong, TODAY) is None
