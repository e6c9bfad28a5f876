"""The needs of the ten sample clients, against the members that they read.

A member that is read is a need if the client then works otherwise without it, or with another one in its
place. What the clients read is listed by their stages, which tests/client_samples checks by recording them.
"""

from typing import Any

import pytest

from mockserver.needs.report import CHANGES
from tests.client_samples.table import CLIENTS, play, set_up

PRECISION = RECALL = 0.95
SAMPLE = ("voyado_signup", "digitalaudience_erasure", "fanfare_nightly_sync")
"""Two that take little time, and one that names its files by the time."""


def measure(server: Any, clients: list[str], changes: tuple[str, ...]) -> tuple[float, float]:
    """Precision and recall of the needs of these clients."""
    right = found = read = 0
    for client in clients:
        stage = CLIENTS[client]
        with server.world(**stage.world) as world:
            set_up(world, client)
            needs = world.needs(lambda client=client, world=world: play(world, client), changes=changes)
        used = {(one.operation, one.pointer) for one in needs.used if one.vendor == stage.vendor}
        known = {(operation, one) for operation, pointers in stage.reads.items() for one in pointers}
        assert needs.runs < len(needs.members) * len(CHANGES)
        right, found, read = right + len(used & known), found + len(used), read + len(known)
    assert found
    return right / found, right / read


def test_the_needs_of_some_clients_are_what_they_read(mockserver_server: Any) -> None:
    precision, recall = measure(mockserver_server, [*SAMPLE], ("removed", "retyped"))
    assert precision >= PRECISION
    assert recall >= RECALL


@pytest.mark.thorough
def test_the_needs_of_all_clients_are_what_they_read(mockserver_server: Any) -> None:
    assert len(CLIENTS) == 10
    precision, recall = measure(mockserver_server, [*CLIENTS], CHANGES)
    assert precision >= PRECISION
    assert recall >= RECALL
