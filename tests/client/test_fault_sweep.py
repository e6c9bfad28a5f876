"""The fault sweep: clients that handle all failures or miss one, and the resulting report."""

import asyncio
import re
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.client.fault_sweep import KINDS, Sweep, Trial
from tests.vendors.fanfare import Fanfare


class ClientError(Exception):
    """The one exception that a careful client raises for any failure."""


class CarefulClient:
    """Syncs all lists that have a source; a list whose sync is already running is skipped."""

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
    """Expects every sync to start, even if one is already running."""

    def _outcome(self, body: Any) -> str:
        return str(body["status"])


@pytest.fixture
def synced(mockserver: World) -> World:
    """A world with a further synced list, whose sync is not running."""
    Fanfare(mockserver).create_synced_list("L1", "ada@example.com")
    return mockserver


@pytest.mark.mockserver(strict=True)
def test_a_careful_client_handles_everything(synced: World) -> None:
    client = CarefulClient(synced)
    sweep = synced.faults.sweep(client.sync_all, handles=ClientError)
    sweep.assert_handled()
    assert sweep.trials == tuple(sweep.handled)
    syncs = len(client.sync_all())
    failures = [(trial.operation, trial.call_number, trial.failure) for trial in sweep.trials]
    assert len(failures) == len(set(failures)) == 11 + 14 * syncs
    assert ("sync_audience", syncs, "409 sync_in_progress") in failures
    assert {failure for operation, _number, failure in failures if operation == "list_audiences"} == {
        "400 validation_failed",
        "401 authentication_required",
        "401 secret_key_required",
        "403 forbidden",
        "429 rate_limit_exceeded",  # declared by the contract, so that no plain status 429 is needed
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


def test_a_naive_client_has_an_unhandled_failure(synced: World) -> None:
    sweep = synced.faults.sweep(NaiveClient(synced).sync_all, handles=(ClientError,))
    assert {(one.operation, one.failure) for one in sweep.unhandled} == {
        ("sync_audience", "409 sync_in_progress")
    }
    with pytest.raises(AssertionError) as raised:
        sweep.assert_handled()
    head, row = str(raised.value).splitlines()
    assert head == f"{len(sweep.unhandled)} unhandled of {len(sweep.trials)} failures"
    assert row.split()[:5] == ["unhandled", "409", "sync_in_progress", "of", "fanfare"]
    assert "raised KeyError: 'status' at test_fault_sweep.py:" in row
    assert {type(trial.error) for trial in sweep.unhandled} == {KeyError}
    assert [one for one in sweep.handled if one in sweep.unhandled] == []


def test_an_error_is_located_in_the_client_not_in_its_library(mockserver: World) -> None:
    sweep = mockserver.faults.sweep(lambda: get(mockserver), kinds=["drop_after"])
    here = get.__code__.co_firstlineno
    (location,) = re.findall(r" at (\S+):(\d+)$", str(sweep))
    assert location[0] == "test_fault_sweep.py"
    assert here < int(location[1]) < here + 5


def get(world: World, limit: int = 1) -> Any:
    """Fetch audiences from Ortto without any error handling."""
    url, headers = world.url("ortto") + "/v1/audiences/get", world.headers("ortto")
    return requests.post(url, headers=headers, json={"limit": limit}, timeout=20).json()


def test_a_failed_assertion_is_unhandled(mockserver: World) -> None:
    def client() -> None:
        if not isinstance(get(mockserver), list):
            pytest.fail("not a list")

    sweep = mockserver.faults.sweep(client, kinds=["status"])
    assert [trial.outcome for trial in sweep.trials] == ["unhandled"] * 3
    assert "Failed: not a list" in str(sweep)


def test_a_retry_handles_a_failure(mockserver: World) -> None:
    def client() -> None:
        assert any(isinstance(get(mockserver), list) for _ in range(2))

    sweep = mockserver.faults.sweep(client, kinds=["status", "problem"])
    sweep.assert_handled()
    head, *rows = str(sweep).splitlines()
    assert head == f"all {len(sweep.trials)} failures handled"
    assert all(row.endswith("of ortto get_audiences") for row in rows)


def test_a_call_that_is_not_repeated_is_missed(mockserver: World) -> None:
    fetched: list[Any] = []

    def client() -> None:
        if not fetched:
            fetched.append(get(mockserver))

    sweep = mockserver.faults.sweep(client, kinds=["garbage"])
    assert [trial.outcome for trial in sweep.missed] == ["missed"]
    with pytest.raises(AssertionError, match="1 missed of 1 failures"):
        sweep.assert_handled()


def test_each_call_of_an_operation_fails_once(mockserver: World) -> None:
    def client() -> None:
        for limit in (1, 2, 3):
            get(mockserver, limit)

    before = mockserver.journal()
    sweep = mockserver.faults.sweep(client, kinds=["status"], handles=requests.RequestException)
    assert before == []
    assert [trial.call_number for trial in sweep.trials] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert ["(call 2)" in str(trial) for trial in sweep.trials[::3]] == [False, True, False]
    assert "(call" not in str(sweep.trials[0])
    affected = mockserver.journal.assert_called("ortto", "get_audiences", fault="status", times=9)
    assert [exchange["call"]["body"] for exchange in affected[::3]] == [
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

    def sweep_failures(**options: Any) -> list[tuple[str, str]]:
        sweep = mockserver.faults.sweep(client, handles=Exception, **options)
        return [(trial.vendor, trial.failure) for trial in sweep.trials]

    assert sweep_failures(kinds=["garbage"]) == [("ortto", "garbage"), ("fanfare", "garbage")]
    assert sweep_failures(kinds=["garbage"], vendors=["ortto"]) == [("ortto", "garbage")]
    assert sweep_failures(kinds=["garbage"], operations=["list_audiences"]) == [("fanfare", "garbage")]
    slow = {"kind": "latency", "seconds": 0.001}
    assert sweep_failures(kinds=[], also=[slow]) == [
        ("ortto", "latency seconds=0.001"),
        ("fanfare", "latency seconds=0.001"),
    ]
    assert sweep_failures(kinds=[], also=[{**slow, "operation": "list_audiences"}]) == [
        ("fanfare", "latency seconds=0.001")
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": ["typhoon"]}, rf"unknown kind of fault 'typhoon' \(available: {', '.join(KINDS)}\)"),
        ({"vendors": ["fanfare"]}, "nothing to sweep"),
        ({"most": 3}, r"needs \d+ runs, more than 3; narrow it with vendors="),
    ],
)
def test_invalid_sweeps_are_rejected(mockserver: World, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mockserver.faults.sweep(lambda: get(mockserver), **options)
    assert mockserver.faults.all() == []


def test_a_function_that_fails_without_faults_is_not_swept(mockserver: World) -> None:
    def client() -> None:
        raise ClientError("before anything was planned")

    with pytest.raises(ClientError):
        mockserver.faults.sweep(client, handles=ClientError)


def test_a_coroutine_function_is_swept(mockserver: World) -> None:
    """Also through a function that returns its coroutine, and in a test that runs in an event loop."""

    async def client() -> None:
        reply = await asyncio.to_thread(get, mockserver)
        assert isinstance(reply, list)

    async def test() -> Sweep:
        return mockserver.faults.sweep(client, kinds=["status"])

    sweeps = [
        mockserver.faults.sweep(client, kinds=["status"]),
        mockserver.faults.sweep(lambda: client(), kinds=["status"]),
        asyncio.run(test()),
    ]
    assert [[trial.outcome for trial in sweep.trials] for sweep in sweeps] == [["unhandled"] * 3] * 3
    assert {type(trial.error) for sweep in sweeps for trial in sweep.trials} == {AssertionError}
    mockserver.journal.assert_called("ortto", "get_audiences", fault="status", times=9)


def test_an_interrupt_ends_the_sweep(mockserver: World) -> None:
    errors = iter([None, KeyboardInterrupt])

    def client() -> None:
        get(mockserver)
        if error := next(errors):
            raise error

    with pytest.raises(KeyboardInterrupt):
        mockserver.faults.sweep(client)
    assert mockserver.faults.all() == []


def test_a_long_report_is_truncated() -> None:
    trials = [
        Trial("ortto", "get_people", call_number, f"status {status}", "unhandled", KeyError("x" * 500))
        for status in range(500, 530)
        for call_number in (1, 2)
    ]
    with pytest.raises(AssertionError) as raised:
        Sweep(tuple(trials)).assert_handled()
    rows = str(raised.value).splitlines()
    assert rows[0] == "60 unhandled of 60 failures"
    assert rows[1].endswith("(calls 1, 2)")
    assert rows[-1] == "  … and 10 more; print the sweep to see them all"
    assert len(rows) == 22
    assert max(map(len, rows)) < 200
    assert len(str(Sweep(tuple(trials))).splitlines()) == 61
