"""Which identifiers are known, and which on platforms: drawn for each of them from the world's seed.

How well each type matches is ours: the vendor names no rates.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from mockserver.vendors.digitalaudience.crm_file_parser import ParsedFile

_MATCH_PROBABILITY: Final = {
    "EMAIL": 0.62,
    "PHONE": 0.48,
    "POSTALADDRESS": 0.71,
    "SECURITYNUMBER": 0.83,
    "AAID": 0.36,
    "IDFA": 0.31,
    "CUSTOM": 0.15,
}
_USABLE_SHARE: Final = 0.8
_HASH_RANGE: Final = 1 << 64


def match_identifier(seed: int, type: str, hash: str) -> tuple[bool, bool]:
    """Whether the identifier is matched, and whether the match is one that platforms can use."""
    digest = blake2b(f"{seed}/{type}/{hash}".encode(), digest_size=8).digest()
    drawn = int.from_bytes(digest) / _HASH_RANGE
    return drawn < _MATCH_PROBABILITY[type], drawn < _MATCH_PROBABILITY[type] * _USABLE_SHARE


def count_matches(seed: int, content: ParsedFile) -> tuple[dict[str, dict[str, int]], dict[str, float]]:
    """The counters of each type that the file has columns of, and their match rates."""
    counters = {type: _count_type(seed, type, _column_values(content, type)) for type in content.types}
    rates = {
        type: round(one["MATCH"] / one["UNIQUE"], 4) if one["UNIQUE"] else 0.0
        for type, one in counters.items()
    }
    return counters, rates


def _column_values(content: ParsedFile, type: str) -> list[str | None]:
    return [row[type] for row in content.rows if type in row]


def _count_type(seed: int, type: str, values: Sequence[str | None]) -> dict[str, int]:
    unique = {value for value in values if value is not None}
    drawn = [match_identifier(seed, type, value) for value in unique]
    matched = sum(match for match, _ in drawn)
    return {
        "TOTAL": len(values),
        "UNIQUE": len(unique),
        "MATCH": matched,
        "UMATCH": sum(usable for _, usable in drawn),
        "NOMATCH": len(unique) - matched,
    }
