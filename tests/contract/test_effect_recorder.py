"""The recorder of effects tells what a contract does not declare, and what nothing shows."""

import pytest

from mockserver.client import World
from tests.contract.effect_recorder import EffectRecorder


@pytest.fixture
def recorder() -> EffectRecorder:
    with pytest.MonkeyPatch.context() as patch:
        return EffectRecorder(patch)


def test_what_is_declared_and_not_observed_is_told(recorder: EffectRecorder) -> None:
    missing = [*recorder.check()]
    assert "fanfare: no test observes the x-effects of create_audience: audiences added" in missing
    recorder.add([["fanfare", "create_audience", "audiences", "added"]])
    assert len([*recorder.check()]) == len(missing) - 1


def test_what_is_not_declared_is_told(recorder: EffectRecorder) -> None:
    recorder.add([["fanfare", "create_audience", "consumers", "removed"]])
    wrong = [one for one in recorder.check() if "do not declare" in one]
    assert wrong == ["fanfare: create_audience changed what its x-effects do not declare: consumers removed"]


def test_calls_and_backstage_actions_are_observed(mockserver: World, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = EffectRecorder(monkeypatch)
    criteria = {"$and": [{"$and": [{"$str::is": {"field_id": "str:cm:label", "value": "VIP"}}]}]}
    mockserver.backstage("ortto", "create_audience", name="Observed", filter=criteria)
    assert [one for one in recorder.found() if one[2] == "audiences"] == [
        ("ortto", "backstage create_audience", "audiences", "added")
    ]
