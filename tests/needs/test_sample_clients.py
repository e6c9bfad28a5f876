"""The needs of the ten sample clients, against the members that they read.

A member that is read is a need if the client then works otherwise without it, or with another one in its
place. What the clients read is listed by their stages, which tests/client_samples checks by recording them.
"""

from typing import Any

import pytest

from mockserver.contract.document import Document
from mockserver.needs.impact import Change
from mockserver.needs.report import CHANGES, Needs
from mockserver.paths import contracts
from tests.client_samples.table import CLIENTS, play, set_up
from tests.needs.changed_contracts import changed_contracts

PRECISION = RECALL = 0.95
RIGHT = 48
SAMPLE = ("voyado_signup", "fanfare_nightly_sync")
"""One that takes little time, and one that names its files by the time."""


def needs_of(server: Any, client: str, changes: tuple[str, ...]) -> Needs:
    """The needs of a sample client."""
    with server.world(**CLIENTS[client].world) as world:
        set_up(world, client)
        needs: Needs = world.needs(lambda: play(world, client), changes=changes, test=client)
    assert needs.runs < len(needs.members) * len(CHANGES)
    return needs


def measure(found: dict[str, Needs]) -> tuple[float, float]:
    """Precision and recall of the needs of these clients."""
    right = count = read = 0
    for client, needs in found.items():
        stage = CLIENTS[client]
        used = {(one.operation, one.pointer) for one in needs.used if one.vendor == stage.vendor}
        known = {(operation, one) for operation, pointers in stage.reads.items() for one in pointers}
        right, count, read = right + len(used & known), count + len(used), read + len(known)
    assert count
    return right / count, right / read


@pytest.fixture(scope="module")
def all_needs(mockserver_server: Any) -> dict[str, Needs]:
    return {client: needs_of(mockserver_server, client, CHANGES) for client in CLIENTS}


def test_the_needs_of_some_clients_are_what_they_read(mockserver_server: Any) -> None:
    found = {one: needs_of(mockserver_server, one, ("removed", "retyped")) for one in SAMPLE}
    precision, recall = measure(found)
    assert precision >= PRECISION
    assert recall >= RECALL
    assert wrong_verdicts(found) == []


@pytest.mark.thorough
def test_the_needs_of_all_clients_are_what_they_read(all_needs: dict[str, Needs]) -> None:
    assert len(all_needs) == 10
    precision, recall = measure(all_needs)
    assert precision >= PRECISION
    assert recall >= RECALL


@pytest.mark.thorough
def test_verdicts_on_fifty_changed_contracts(all_needs: dict[str, Needs]) -> None:
    wrong = wrong_verdicts(all_needs)
    assert 5 * len(all_needs) - len(wrong) >= RIGHT, wrong


def wrong_verdicts(found: dict[str, Needs]) -> list[str]:
    """The changed contracts of these clients on which the verdict is not that of a reader."""
    wrong = []
    for client, needs in found.items():
        vendor = CLIENTS[client].vendor
        old = Document.read(contracts() / vendor / "openapi.yaml")
        changed = [*changed_contracts(CLIENTS[client], needs)]
        assert [one.hits for one in changed].count(True) >= 3
        for one in changed:
            impacts = Change(old, one.document).impacts([needs.as_json()], vendor)
            if bool(impacts) != one.hits:
                wrong.append(f"{client}: {one.what}: {impacts}")
    return wrong
