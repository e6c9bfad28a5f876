"""A failed property test is reported soon: the time for a smaller example is bounded."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning
from hypothesis.internal.conjecture import engine


def count_calls(monkeypatch: pytest.MonkeyPatch, seconds: float) -> int:
    """How often a failing property is called if so many seconds may be spent on smaller examples."""
    monkeypatch.setattr(engine, "MAX_SHRINKING_SECONDS", seconds)
    calls = []

    @settings(database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, 10**6), min_size=5))
    def fails(numbers: list[int]) -> None:
        calls.append(numbers)
        assert sum(numbers) < 10**5

    with pytest.raises(AssertionError):
        fails()
    return len(calls)


def test_the_time_for_smaller_examples_is_half_a_minute() -> None:
    assert engine.MAX_SHRINKING_SECONDS == 30


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_the_bound_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    assert issubclass(HypothesisWarning, Warning)
    assert count_calls(monkeypatch, -1) < count_calls(monkeypatch, 30) / 3
