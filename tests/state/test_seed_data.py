"""How often people are generated, and how long they are kept."""

from typing import Any

import pytest

from mockserver.state import seed_data
from mockserver.state.seed_data import SeedData, SeedSpec
from mockserver.storage.memory import MemoryStore


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of people that were generated, one for each time."""
    counts: list[int] = []

    def people(_seed: int, count: int, _locales: Any, _named: Any) -> list[int]:
        counts.append(count)
        return list(range(count))

    monkeypatch.setattr(seed_data, "people", people)
    return counts


def _read(data: SeedData, count: int, times: int) -> None:
    spec: SeedSpec = {"scenario": "", "seed": 1, "people": count, "anchor": "", "locales": {}, "vendors": {}}
    for _ in range(times):
        with data._people_of(f"{count} people", spec) as found:
            assert len(found) == count


@pytest.mark.parametrize(("count", "expected"), [(10_000, 1), (10_001, 3)])
def test_only_a_small_population_is_kept_for_the_next_vendor(
    count: int, expected: int, generated: list[int]
) -> None:
    _read(SeedData(MemoryStore()), count, 3)
    assert generated == [count] * expected


def test_a_large_population_is_kept_while_several_vendors_are_written(generated: list[int]) -> None:
    data = SeedData(MemoryStore())
    with data.people_kept():
        _read(data, 20_000, 3)
    assert generated == [20_000]
    _read(data, 20_000, 1)
    assert generated == [20_000] * 2
