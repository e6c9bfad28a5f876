"""Matching of identifiers with known identities and platforms, drawn from the world's seed.

The probabilities are inferred: the vendor names no match rates.
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
    """Whether the identifier matches a known identity, and whether a platform can use the match."""
    digest = blake2b(f"{seed}/{type}/{hash}".encode(), digest_size=8).digest()
    draw = int.from_bytes(digest) / _HASH_RANGE
    return draw < _MATCH_PROBABILITY[type], draw < _MATCH_PROBABILITY[type] * _USABLE_SHARE


def count_matches(seed: int, content: ParsedFile) -> tuple[dict[str, dict[str, int]], dict[str, float]]:
    """The counters and the match rate of each type for which the file has a column."""
    counters = {type: _count_type(seed, type, _column_values(content, type)) for type in content.types}
    rates = {
        type: round(counter["MATCH"] / counter["UNIQUE"], 4) if counter["UNIQUE"] else 0.0
        for type, counter in counters.items()
    }
    return counters, rates


def _column_values(content: ParsedFile, type: str) -> list[str | None]:
    return [row[type] for row in content.rows if type in row]


def _count_type(seed: int, type: str, values: Sequence[str | None]) -> dict[str, int]:
    unique = {value for value in values if value is not None}
    matches = [match_identifier(seed, type, value) for value in unique]
    matched = sum(match for match, _ in matches)
    return {
        "TOTAL": len(values),
        "UNIQUE": len(unique),
        "MATCH": matched,
        "UMATCH": sum(usable for _, usable in matches),
        "NOMATCH": len(unique) - matched,
    }
