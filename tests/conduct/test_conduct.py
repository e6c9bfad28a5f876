"""The rules of conduct: each finds its flaw in a careless client, and nothing in careful ones."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.conduct.catalogue import RULES
from mockserver.conduct.rule import SEVERITIES
from tests.clients import digitalaudience_sync, fanfare_export, spotler_properties, voyado_contacts
from tests.conduct.flaws import FLAWS

Client = Callable[[World], Any]

CAREFUL: list[Client] = [
    fanfare_export.FanfareExport,
    digitalaudience_sync.DigitalAudienceSync,
    voyado_contacts.VoyadoContacts,
    spotler_properties.SpotlerProperties,
]

CARELESS: list[tuple[Client, list[str]]] = [
    (fanfare_export.Impatient, ["retried-too-early", "kept-calling-when-rejected"]),
    (fanfare_export.Doubling, ["create-repeated-blindly"]),
    (fanfare_export.SmallPages, ["pages-are-small"]),
    (fanfare_export.StopsEarly, ["stopped-before-the-end"]),
    (fanfare_export.ReadsOn, ["asked-beyond-the-end"]),
    (fanfare_export.MakesUpCursors, ["made-up-a-cursor"]),
    (fanfare_export.OneByOne, ["read-one-by-one"]),
    (fanfare_export.Forgetful, ["read-again-unchanged"]),
    (fanfare_export.Nervous, ["polled-too-fast"]),
    (fanfare_export.Repetitive, ["sent-unchanged-updates"]),
    (digitalaudience_sync.LogsInAgain, ["logged-in-for-every-call"]),
    (voyado_contacts.Anonymous, ["no-user-agent"]),
    (voyado_contacts.Presumptuous, ["created-without-consent"]),
    (spotler_properties.SignsInQuery, ["credentials-in-query"]),
]


def run(client: Client, world: World) -> None:
    """Runs a client on a bad day: the vendor is busy, and the reply to a create is lost."""
    world.faults.add("fanfare", "list_audiences", "rate_limited", retry_after="30s", times=4)
    world.faults.add("fanfare", "create_audience", "drop_after")
    with world.waiting():
        client(world).run()


@pytest.mark.parametrize("client", CAREFUL)
def test_careful_clients_have_no_findings(mockserver: World, client: Client) -> None:
    run(client, mockserver)
    conduct = mockserver.conduct()
    conduct.assert_clean()
    assert conduct.exchanges > 0
    assert str(conduct) == f"no findings in {conduct.exchanges} calls"


@pytest.mark.parametrize(("client", "rules"), CARELESS)
def test_careless_clients_are_found_out(mockserver: World, client: Client, rules: list[str]) -> None:
    run(client, mockserver)
    conduct = mockserver.conduct()
    assert sorted(set(conduct.rules)) == sorted(rules), str(conduct)
    numbers = {exchange["number"] for exchange in mockserver.journal()}
    assert all(numbers.issuperset(finding["exchanges"]) for finding in conduct)
    assert mockserver.conduct(without=rules).findings == []


def test_every_rule_has_a_client_with_its_flaw() -> None:
    # test_waiting_for_replies.py shows the one that takes long, test_sample_clients.py that of needs.
    shown = (
        {"waited-without-end", "asked-for-what-is-unused"}
        | {name for _client, rules in CARELESS for name in rules}
        | {flaw.rule for flaw in FLAWS}
    )
    assert shown == {rule.name for rule in RULES}
    assert {rule.severity for rule in RULES} == set(SEVERITIES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_findings_in_assertions(mockserver: World) -> None:
    run(fanfare_export.Repetitive, mockserver)
    conduct = mockserver.conduct("fanfare")
    conduct.assert_clean("warning")
    with pytest.raises(AssertionError) as failure:
        conduct.assert_clean()
    lines = str(failure.value).splitlines()
    assert lines[0] == f"1 finding on the conduct of the client in {mockserver.name}"
    assert lines[2].startswith(
        "info: sent-unchanged-updates: fanfare update_audience: sent an update that changed"
    )
    assert lines[3].startswith("  why: ")
    assert lines[4].startswith("  fix: ")
    assert mockserver.conduct("ortto").exchanges == conduct.exchanges
    assert list(mockserver.conduct(after=mockserver.journal.newest())) == []
    with pytest.raises(ValueError, match="unknown rule 'no-agent', the nearest is no-user-agent"):
        mockserver.conduct(without=["no-agent"])
    with pytest.raises(ValueError, match="unknown severity 'bad'"):
        conduct.assert_clean("bad")


@pytest.mark.parametrize(
    ("times", "again"),
    [(1, " (calls 1, 2)"), (2, ", and once more (calls"), (3, ", and 2 times more (calls")],
)
def test_a_finding_says_how_often(mockserver: World, times: int, again: str) -> None:
    mockserver.faults.add("ortto", "get_audiences", "rate_limited", retry_after="2h", times=times)
    for _attempt in range(times + 1):
        requests.post(
            mockserver.url("ortto") + "/v1/audiences/get",
            json={},
            headers=mockserver.headers("ortto"),
            timeout=10,
        )
    (line,) = (one for one in str(mockserver.conduct()).splitlines() if "called again after" in one)
    assert f"though the reply asked for 7200 s{again}" in line


def test_the_runs_of_a_sweep_are_judged_apart(mockserver: World) -> None:
    """Each run ends at the first failure; only all runs together look like a client that goes on."""
    url, headers = mockserver.url("fanfare") + "/api/v1/audiences", mockserver.headers("fanfare")
    attempts = 1

    def read() -> None:
        for _attempt in range(attempts):
            reply = requests.get(url, headers=headers, timeout=10)
            if reply.ok:
                return
        reply.raise_for_status()

    sweep = mockserver.faults.sweep(read, handles=requests.RequestException)
    assert len(sweep.handled) > 5
    assert mockserver.conduct().findings == []
    attempts = 2
    mockserver.faults.sweep(read, handles=requests.RequestException)
    assert "retried-too-early" in mockserver.conduct().rules
