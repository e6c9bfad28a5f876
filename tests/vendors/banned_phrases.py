"""What no reply of a vendor says: the grammar of a validation library or of Python."""

import re
from typing import Final

BANNED_PHRASES: Final = tuple(
    re.compile(phrase)
    for phrase in (
        r"is not of type",
        r"is not valid under any of the given schemas",
        r"is valid under each of",
        r"is a required property",
        r"is not one of \[",
        r"was expected",
        r"does not match '",
        r"is not a '",
        r"non-empty|non-unique",
        r"is too (long|short)",
        r"(greater|less) than the (maximum|minimum) of",
        r"(expected at (most|least)|Expected unqualified)",
        r"Additional properties|Unevaluated properties",
        r"False schema|jsonschema|does not fit|too many ways",
        r"line \d+ column \d+",
        r"\(char \d+\)",
        r"\bNone\b|\bTrue\b|\bFalse\b",
        r"'(str|int|float|dict|list|NoneType|object|array|integer|boolean|null)'",
        r"Traceback|Error\(|Exception",
        r"\^\[|\]\+\$|\\d|\(\?:",
    )
)


def find_banned(text: str) -> list[str]:
    """The banned phrases in a text."""
    return [found[0] for phrase in BANNED_PHRASES if (found := phrase.search(text))]
