"""Normalisation and SHA-256 hashing of the seven types of identifiers.

Hashes are case-insensitive, and a raw value is the same identifier as its hash. The normalisation of e-mail
addresses and phone numbers is documented; of the other types only the columns are.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE: Final = re.compile(r"[0-9]{7,15}", re.ASCII)
_DUTCH_PHONE: Final = re.compile(r"31[0-9]{9}", re.ASCII)
_PERSONAL_ID: Final = re.compile(r"[0-9]{10}|[0-9]{12}", re.ASCII)
_DEVICE_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_PHONE_PUNCTUATION: Final = str.maketrans("", "", "+/\\-() \t")
_PERSONAL_ID_PUNCTUATION: Final = str.maketrans("", "", "+- ")


def hash_identifier(type: str, value: str) -> str | None:
    """The hash in lower-case hexadecimal digits; None if the value is not an identifier of the type.

    Advertising ids and custom ids are never sent hashed, so a value that looks like a hash is hashed too.
    """
    text = value.strip()
    if type not in _NEVER_HASHED and _HASH.fullmatch(text.lower()):
        return text.lower()
    normalised = _NORMALISERS[type](text)
    return None if normalised is None else sha256(normalised.encode()).hexdigest()


def hash_address(postcode: str, number: str, extension: str, apartment: str, street: str) -> str | None:
    """The hash of a postal address, of which only the postal code is mandatory; None without it."""
    parts = ["".join(part.split()).casefold() for part in (postcode, number, extension, apartment, street)]
    if not parts[0]:
        return None
    return sha256("|".join(parts).encode()).hexdigest()


def _normalise_email(text: str) -> str | None:
    return text.lower() if _EMAIL.fullmatch(text) else None


def _normalise_phone(text: str) -> str | None:
    """Digits that start with the country code; a number without one is Dutch and has 11 digits."""
    if "(0)" in text:
        return None
    digits = text.translate(_PHONE_PUNCTUATION)
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = "31" + digits[1:]
    pattern = _DUTCH_PHONE if digits.startswith("31") else _PHONE
    return digits if pattern.fullmatch(digits) else None


def _normalise_personal_id(text: str) -> str | None:
    digits = text.translate(_PERSONAL_ID_PUNCTUATION)
    return digits if _PERSONAL_ID.fullmatch(digits) else None


def _normalise_device_id(text: str) -> str | None:
    lower = text.lower()
    return lower if _DEVICE_ID.fullmatch(lower) else None


def _normalise_custom_id(text: str) -> str | None:
    return text or None


def _reject_raw(_text: str) -> str | None:
    return None


_NORMALISERS: Final[dict[str, Callable[[str], str | None]]] = {
    "EMAIL": _normalise_email,
    "PHONE": _normalise_phone,
    "POSTALADDRESS": _reject_raw,
    "SECURITYNUMBER": _normalise_personal_id,
    "AAID": _normalise_device_id,
    "IDFA": _normalise_device_id,
    "CUSTOM": _normalise_custom_id,
}
_NEVER_HASHED: Final = ("AAID", "IDFA", "CUSTOM")
