"""The rule about what is asked for and not used, which needs more than calls: its words, for both sides."""

from types import MappingProxyType
from typing import Final

UNUSED: Final = MappingProxyType(
    {
        "rule": "asked-for-what-is-unused",
        "severity": "info",
        "why": "Replies are larger and slower than they need be, and may hold personal data without need.",
        "fix": "ask for the members that are used",
        "known_from": "general practice, and GDPR, article 5 (https://eur-lex.europa.eu/eli/reg/2016/679/oj)",
    }
)
"""The members of its findings that are always the same."""
