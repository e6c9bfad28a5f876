"""Social security numbers: Swedish personnummer and samordningsnummer, Finnish personal identity codes."""

import re
from datetime import date

_SWEDISH = re.compile(r"(\d{2})?(\d{2})(\d{2})(\d{2})([-+]?)(\d{3})(\d)", re.ASCII)
_FINNISH = re.compile(r"(\d{2})(\d{2})(\d{2})([-+A-FU-Y])(\d{3})([0-9A-Y])", re.ASCII)
_FINNISH_CENTURIES = {"+": 1800} | dict.fromkeys("-UVWXY", 1900) | dict.fromkeys("ABCDEF", 2000)
_FINNISH_SIGNS = {18: "+", 19: "-", 20: "A"}
_FINNISH_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_DOUBLED = str.maketrans("0123456789", "0246813579")  # each digit twice, and of two digits their sum
_COORDINATION = 60  # what a samordningsnummer adds to the day

# The number in Voyado's own examples. Its check digit is wrong (5 would be right), yet a client that tries
# out the documentation must not be refused.
_DOCUMENTED = "198506059738"


def normal(text: str, today: str) -> str | None:
    """The number in the form that it is kept in (Swedish: 12 digits), or None if it is none.

    A Swedish number without a century is the youngest possible on the day, and a century older with a `+`.
    """
    written = _SWEDISH.fullmatch(text)
    number = _swedish(*written.groups(), today=today) if written else None
    if number or not _FINNISH.fullmatch(text):  # with a digit at its end, a Finnish code looks Swedish too
        return number
    return text if _finnish_birthday(text) and _finnish_check(text) == text[-1] else None


def birthday(number: str) -> str | None:
    """The birthday (`YYYY-MM-DD`) in a number of normal form; the documentation's own has one, too."""
    if _FINNISH.fullmatch(number):
        return _finnish_birthday(number)
    day = int(number[6:8])
    return _day(int(number[:4]), int(number[4:6]), day - _COORDINATION if day > _COORDINATION else day)


def swedish(born: date, serial: int) -> str:
    """The personnummer of this birthday and serial (odd for men, even for women)."""
    digits = f"{born.isoformat().replace('-', '')}{serial:03}"
    return digits + str(-_luhn(digits[2:] + "0") % 10)


def finnish(born: date, serial: int) -> str:
    """The personal identity code of this birthday and serial (odd for men, even for women)."""
    text = f"{born.day:02}{born.month:02}{born.year % 100:02}{_FINNISH_SIGNS[born.year // 100]}{serial:03}"
    return text + _finnish_check(text + "0")


def _swedish(
    century: str | None, year: str, month: str, day: str, sign: str, serial: str, check: str, *, today: str
) -> str | None:
    tail = f"{month}{day}{serial}{check}"
    if century is None:
        # a samordningsnummer's day is too large to be compared, so months and years decide
        youngest = int(today[:4]) - int(today[:4]) % 100 + int(year)
        youngest -= 100 if f"{youngest}-{month}" > today[:7] else 0
        century = str((youngest - (100 if sign == "+" else 0)) // 100)
    number = f"{century}{year}{tail}"
    if number == _DOCUMENTED:
        return number
    whole = century in ("18", "19", "20") and serial != "000" and birthday(number)
    return number if whole and _luhn(year + tail) == 0 else None


def _luhn(digits: str) -> int:
    return sum(map(int, digits[::2].translate(_DOUBLED) + digits[1::2])) % 10


def _finnish_birthday(text: str) -> str | None:
    return _day(_FINNISH_CENTURIES[text[6]] + int(text[4:6]), int(text[2:4]), int(text[:2]))


def _finnish_check(text: str) -> str:
    return _FINNISH_CHECKS[int(text[:6] + text[7:10]) % 31]


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
