"""The sweep: a client that handles every failure, one that forgets a single one, and what is said of it."""

import asyncio
import re
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.client.fault_sweep import KINDS, Sweep, Trial
from tests.vendors.fanfare import Fanfare


class ClientError(Exception):
    """What a careful client raises whatever went wrong."""


class CarefulClient:
    """Syncs all lists that have a source; one whose sync runs already needs no other."""

    expected = (409,)

    def __init__(self, world: World) -> None:
        self._url = world.url("fanfare") + "/api/v1/audiences"
        self._headers = world.headers("fanfare")

    def audiences(self) -> Any:
        return self._send("GET")

    def sync_all(self) -> list[str]:
        synced = [one["id"] for one in self.audiences() if one["primarySyncSourceId"]]
        return [self._outcome(self._send("POST", f"/{audience}/sync")) for audience in synced]

    def _send(self, method: str, path: str = "") -> Any:
        try:
            answer = requests.request(method, self._url + path, headers=self._headers, timeout=20)
            body = answer.json()
        except requests.RequestException as error:
            raise ClientError(str(error)) from error
        if answer.status_code != 200 and answer.status_code not in self.expected:
            raise ClientError(f"{answer.status_code}: {body}")
        return body

    def _outcome(self, body: Any) -> str:
        return str(body.get("status", "RUNNING"))


class NaiveClient(CarefulClient):
    """Takes a sync that runs already for one that begins."""

    def _outcome(self, body: Any) -> str:
        return str(body["status"])


@pytest.fixture
def synced(mockserver: World) -> World:
    """A world with a synced list that is not being synced, beside those of the scenario."""
    Fanfare(mockserver).create_synced_list("L1", "ada@example.com")
    return mockserver


@pytest.mark.mockserver(strict=True)
def test_a_careful_client_handles_everything(synced: World) -> None:
    client = CarefulClient(synced)
    sweep = synced.faults.sweep(client.sync_all, handles=ClientError)
    sweep.assert_handled()
    assert sweep.trials == tuple(sweep.handled)
    syncs = len(client.sync_all())
    met = [(trial.operation, trial.turn, trial.failure) for trial in sweep.trials]
    assert len(met) == len(set(met)) == 11 + 14 * syncs
    assert ("sync_audience", syncs, "409 sync_in_progress") in met
    assert {failure for operation, _turn, failure in met if operation == "list_audiences"} == {
        "400 validation_failed",
        "401 authentication_required",
        "401 secret_key_required",
        "403 forbidden",
        "429 rate_limit_exceeded",  # in the vendor's own words, so that no other is needed
        "status 500",
        "status 503",
        "drop_before",
        "drop_after",
        "truncate",
        "garbage",
    }


def test_a_sweep_leaves_the_world_as_it_was(synced: World) -> None:
    client = CarefulClient(synced)
    synced.faults.add("ortto", None, "garbage")
    before = client.audiences(), synced.faults.read(), synced.clock.read().mode
    synced.faults.sweep(client.sync_all, handles=ClientError)
    assert (client.audiences(), synced.faults.read(), synced.clock.read().mode) == before
    assert synced.snapshots() == []
    assert "RUNNING" not in client.sync_all()
    assert "RUNNING" in client.sync_all()


def test_a_naive_client_is_found_out(synced: World) -> None:
    sweep = synced.faults.sweep(NaiveClient(synced).sync_all, handles=(ClientError,))
    assert {(one.operation, one.failure) for one in sweep.unhandled} == {
        ("sync_audience", "409 sync_in_progress")
    }
    with pytest.raises(AssertionError) as told:
        sweep.assert_handled()
    head, line = str(told.value).splitlines()
    assert head == f"{len(sweep.unhandled)} unhandled of {len(sweep.trials)} failures"
    assert line.split()[:5] == ["unhandled", "409", "sync_in_progress", "of", "fanfare"]
    assert "raised KeyError: 'status' at test_fault_sweep.py:" in line
    assert {type(trial.error) for trial in sweep.unhandled} == {KeyError}


def test_an_error_is_told_with_the_line_of_the_client_not_that_of_its_library(mockserver: World) -> None:
    sweep = mockserver.faults.sweep(lambda: get(mockserver), kinds=["drop_after"])
    here = get.__code__.co_firstlineno
    (place,) = re.findall(r" at (\S+):(\d+)$", str(sweep))
    assert place[0] == "test_fault_sweep.py"
    assert here < int(place[1]) < here + 5


def get(world: World, limit: int = 1) -> Any:
    """What a client that knows no failure makes of the audiences of Ortto."""
    url, headers = world.url("ortto") + "/v1/audiences/get", world.headers("ortto")
    return requests.post(url, headers=headers, json={"limit": limit}, timeout=20).json()


def test_what_a_function_asserts_is_how_it_is_judged(mockserver: World) -> None:
    def client() -> None:
        if not isinstance(get(mockserver), list):
            pytest.fail("told so")

    sweep = mockserver.faults.sweep(client, kinds=["status"])
    assert [trial.outcome for trial in sweep.trials] == ["unhandled"] * 3
    assert "Failed: told so" in str(sweep)


def test_a_retry_is_a_way_to_handle_a_failure(mockserver: World) -> None:
    def client() -> None:
        assert any(isinstance(get(mockserver), list) for _turn in range(2))

    sweep = mockserver.faults.sweep(client, kinds=["status", "problem"])
    sweep.assert_handled()
    assert str(sweep).startswith(f"none unhandled of {len(sweep.trials)} failures\n")


def test_a_call_that_is_not_made_again_shows_nothing(mockserver: World) -> None:
    asked: list[Any] = []

    def client() -> None:
        if not asked:
            asked.append(get(mockserver))

    sweep = mockserver.faults.sweep(client, kinds=["garbage"])
    assert [trial.outcome for trial in sweep.missed] == ["missed"]
    with pytest.raises(AssertionError, match="1 missed of 1 failures"):
        sweep.assert_handled()


def test_each_call_of_an_operation_fails_in_its_turn(mockserver: World) -> None:
    def client() -> None:
        for limit in (1, 2, 3):
            get(mockserver, limit)

    before = mockserver.journal()
    sweep = mockserver.faults.sweep(client, kinds=["status"], handles=requests.RequestException)
    assert before == []
    assert [trial.turn for trial in sweep.trials] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    struck = mockserver.journal.assert_called("ortto", "get_audiences", fault="status", times=9)
    assert [exchange["call"]["body"] for exchange in struck[::3]] == [
        '{"limit": 1}',
        '{"limit": 2}',
        '{"limit": 3}',
    ]


def test_a_sweep_can_be_narrowed_and_widened(mockserver: World) -> None:
    def client() -> None:
        get(mockserver)
        requests.get(
            mockserver.url("fanfare") + "/api/v1/audiences", headers=mockserver.headers("fanfare"), timeout=20
        )

    def swept(**narrow: Any) -> list[tuple[str, str]]:
        sweep = mockserver.faults.sweep(client, handles=Exception, **narrow)
        return [(trial.vendor, trial.failure) for trial in sweep.trials]

    assert swept(kinds=["garbage"]) == [("ortto", "garbage"), ("fanfare", "garbage")]
    assert swept(kinds=["garbage"], vendors=["ortto"]) == [("ortto", "garbage")]
    assert swept(kinds=["garbage"], operations=["list_audiences"]) == [("fanfare", "garbage")]
    slow = {"kind": "latency", "seconds": 0.001}
    assert swept(kinds=[], also=[slow]) == [
        ("ortto", "latency seconds=0.001"),
        ("fanfare", "latency seconds=0.001"),
    ]
    assert swept(kinds=[], also=[{**slow, "operation": "list_audiences"}]) == [
        ("fanfare", "latency seconds=0.001")
    ]


@pytest.mark.parametrize(
    ("wishes", "complaint"),
    [
        ({"kinds": ["typhoon"]}, f"knows no kind 'typhoon'; it knows {', '.join(KINDS)}"),
        ({"vendors": ["fanfare"]}, "nothing to sweep"),
        ({"most": 3}, r"would be \d+ runs, more than 3; narrow it with vendors="),
    ],
)
def test_what_cannot_be_swept(mockserver: World, wishes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        mockserver.faults.sweep(lambda: get(mockserver), **wishes)
    assert mockserver.faults.all() == []


def test_a_function_that_fails_by_itself_is_not_swept(mockserver: World) -> None:
    def client() -> None:
        raise ClientError("before anything was planned")

    with pytest.raises(ClientError):
        mockserver.faults.sweep(client, handles=ClientError)


def test_a_coroutine_is_not_called_in_vain(mockserver: World) -> None:
    async def client() -> None:
        get(mockserver)

    with pytest.raises(TypeError, match=r"lambda: asyncio.run\(function\(\)\)"):
        mockserver.faults.sweep(client)
    swept = mockserver.faults.sweep(lambda: asyncio.run(client()), kinds=["status"])
    assert len(swept.handled) == 3


def test_whoever_ends_the_run_ends_the_sweep(mockserver: World) -> None:
    turns = iter([None, KeyboardInterrupt])

    def client() -> None:
        get(mockserver)
        if trouble := next(turns):
            raise trouble

    with pytest.raises(KeyboardInterrupt):
        mockserver.faults.sweep(client)
    assert mockserver.faults.all() == []


def test_a_failure_of_many_kinds_is_told_in_short() -> None:
    trials = [
        Trial("ortto", "get_people", turn, f"status {status}", "unhandled", KeyError("x" * 500))
        for status in range(500, 530)
        for turn in (1, 2)
    ]
    with pytest.raises(AssertionError) as told:
        Sweep(tuple(trials)).assert_handled()
    lines = str(told.value).splitlines()
    assert lines[0] == "60 unhandled of 60 failures"
    assert lines[1].endswith("(calls 1, 2)")
    assert lines[-1] == "  … and 10 more; print the sweep to see them all"
    assert len(lines) == 22
    assert max(map(len, lines)) < 200
    assert len(str(Sweep(tuple(trials))).splitlines()) == 61
