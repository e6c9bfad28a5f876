"""The section `life` of a scenario: how often people do what, and how long a history the world has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

_MONTHS: Final = 12
_PER: Final = 1_000  # people, to whom the rates refer


@dataclass(frozen=True)
class LifePlan:
    """Rates per day and 1,000 people; `birthdays` is the share of people who buy on theirs.

    `season` has a factor for each month, and `history` is the number of days behind the start.
    """

    signups: float
    orders: float
    opt_outs: float
    moves: float
    churn: float
    birthdays: float
    season: tuple[float, ...]
    history: int

    @classmethod
    def from_section(cls, section: Mapping[str, Any]) -> "LifePlan":
        """The plan of a section that its schema has accepted; what it leaves out does not happen."""
        return cls(
            signups=section.get("signups", 0),
            orders=section.get("orders", 0),
            opt_outs=section.get("optOuts", 0),
            moves=section.get("moves", 0),
            churn=section.get("churn", 0),
            birthdays=section.get("birthdays", 0),
            season=tuple(section.get("season", (1,) * _MONTHS)),
            history=int(section.get("history", 0)),
        )

    def per_day(self, rate: float, people: int) -> float:
        """The expected number per day among this many people, out of season."""
        return rate * people / _PER

    def factor(self, at: datetime) -> float:
        """The factor of the season for what people buy, and for who signs up."""
        return self.season[at.month - 1]
