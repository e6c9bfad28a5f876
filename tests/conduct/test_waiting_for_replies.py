"""How long a client waits for a reply that is late, and the rule that it should give up."""

import pytest
import requests

from mockserver.client import World


def call(world: World, timeout: float | None) -> None:
    url, headers = world.url("fanfare") + "/api/v1/audiences", world.headers("fanfare")
    try:
        requests.get(url, headers=headers, timeout=timeout)
    except requests.RequestException:
        assert timeout is not None


@pytest.mark.parametrize("kind", ["latency", "trickle"])
def test_a_client_that_waits_to_the_end(mockserver: World, kind: str) -> None:
    mockserver.faults.add("fanfare", "list_audiences", kind, seconds=0.2)  # type: ignore[arg-type]
    call(mockserver, None)
    [exchange] = mockserver.journal()
    assert exchange["fault"] is not None
    assert exchange["fault"]["waited"] == 0.2
    assert mockserver.conduct().rules == []
    assert mockserver.conduct(patience=0.1).rules == ["waited-without-end"]


def test_a_client_that_gives_up(mockserver: World) -> None:
    mockserver.faults.add("fanfare", "list_audiences", "latency", seconds=60)
    call(mockserver, 0.05)
    mockserver.faults.add("fanfare", "list_audiences", "trickle", seconds=60)
    call(mockserver, 0.05)
    faults = [exchange["fault"] for exchange in mockserver.journal()]
    assert [one and one["kind"] for one in faults] == ["latency", "trickle"]
    assert all(one and "waited" not in one for one in faults)
    assert mockserver.conduct(patience=0.1).rules == []
