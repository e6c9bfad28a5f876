"""Filters of audiences, compiled once: what they refer to, when time changes who matches, the predicate."""

from datetime import datetime
from functools import cached_property, lru_cache
from typing import Final

import orjson

from mockserver.vendors.ortto.filter_boundaries import Candidates, find_candidates
from mockserver.vendors.ortto.filter_logic import (
    Filter,
    activities_in,
    audiences_in,
    compile_filter,
    is_time_dependent,
)
from mockserver.vendors.ortto.filter_types import FilterContext, Predicate

_MAX_CACHED: Final = 1_024


class CompiledFilter:
    """One filter, which must not be modified."""

    def __init__(self, filter: Filter) -> None:
        self.filter = filter
        # The time and the predicate that was compiled for it, in one attribute: threads share the object.
        self._compiled: tuple[datetime, Predicate] | None = None

    @cached_property
    def dependencies(self) -> frozenset[str]:
        """The ids of the audiences that the filter refers to."""
        return frozenset(audiences_in(self.filter))

    @cached_property
    def activities(self) -> frozenset[str]:
        """The ids of the activities that the filter refers to."""
        return frozenset(activities_in(self.filter))

    @cached_property
    def is_time_dependent(self) -> bool:
        """Whether time alone changes who matches."""
        return is_time_dependent(self.filter)

    @cached_property
    def time_candidates(self) -> tuple[Candidates, ...]:
        """When time alone may change whether a person matches, for each leaf that depends on time."""
        return tuple(find_candidates(self.filter))

    def predicate(self, now: datetime) -> Predicate:
        """The predicate at this time; of a filter that does not depend on time, the same at any time."""
        known = self._compiled
        if known is None or (self.is_time_dependent and known[0] != now):
            known = self._compiled = now, compile_filter(self.filter, FilterContext(now))
        return known[1]


def compiled(filter: Filter) -> CompiledFilter:
    """The compiled form of a valid filter. Equal filters share one; a changed filter is another filter."""
    return _compiled(orjson.dumps(filter))


@lru_cache(_MAX_CACHED)
def _compiled(body: bytes) -> CompiledFilter:
    return CompiledFilter(orjson.loads(body))
