"""The sample clients: the careful ones do their jobs. tests/conduct has those with flaws."""

from collections import Counter
from typing import Any

import pytest

from tests.client_samples.reads import reads
from tests.client_samples.table import CLIENTS, FLAWS, RULES, play, set_up


@pytest.mark.parametrize("client", CLIENTS)
def test_the_careful_client_does_its_job(mockserver_server: Any, client: str) -> None:
    stage = CLIENTS[client]
    with mockserver_server.world(**stage.world) as world:
        set_up(world, client)
        with reads(world, stage.vendor) as found:
            result = play(world, client)
        journal = world.journal(stage.vendor)
        stage.check(world, result)
    assert [one["operation"] for one in journal if one["violations"] or one["unknown"]] == []
    assert [flaw.name for flaw in stage.flaws if not flaw.needs_its_world and flaw.shown(journal)] == []
    assert {name: members for name, members in found.items() if members} == dict(stage.reads)


def test_forty_flaws_break_every_rule() -> None:
    assert len(FLAWS) == 40
    assert {flaw.rule for _, flaw in FLAWS} == {*RULES}
    assert max(Counter(flaw.rule for _, flaw in FLAWS).values()) == 2
    assert len({flaw.variant for _, flaw in FLAWS}) == 40
    assert all(flaw.variant.__base__ is CLIENTS[client].careful for client, flaw in FLAWS)
