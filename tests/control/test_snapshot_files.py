"""Snapshots as files: through the control API, the command line, the Python client and the pytest plugin."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from mockserver.client import World
from tests.child_pytest import OURS
from tests.control.api import Api, refusal
from tests.processes import refuse, run

pytest_plugins = ["pytester"]
PERSON = {"people": [{"fields": {"str::email": "eva@example.com"}}], "merge_by": ["str::email"]}


@pytest.fixture
def state(mockserver: World, api: Api) -> bytes:
    """The file of a snapshot of this test's world, to which a person was added."""
    url, headers = mockserver.url("ortto"), mockserver.headers("ortto")
    added = api.session.post(f"{url}/v1/person/merge", json=PERSON, headers=headers, timeout=20)
    assert added.json()["people"][0]["status"] == "created"
    mockserver.snapshot("before")
    return mockserver.export_snapshot("before")


def merge(api: Api, world: World) -> str:
    """What a world makes of the person: created, or merged with the one it knows."""
    reply = api.session.post(
        f"{world.url('ortto')}/v1/person/merge", json=PERSON, headers=world.headers("ortto"), timeout=20
    )
    return str(reply.json()["people"][0]["status"])


def test_a_snapshot_is_exported_and_imported(
    mockserver: World, api: Api, state: bytes, tmp_path: Path
) -> None:
    path = f"/worlds/{mockserver.name}/snapshots/before/file"
    reply = api("GET", path)
    assert (reply.headers["Content-Type"], reply.content) == ("application/zip", state)
    mockserver.reset()
    assert merge(api, mockserver) == "created"
    file = tmp_path / "state.zip"
    assert mockserver.export_snapshot("before", file) == file.read_bytes() == state
    mockserver.import_snapshot("again", file)
    mockserver.reset()
    mockserver.restore("again")
    assert merge(api, mockserver) == "merged"


def test_a_world_starts_with_a_state(mockserver: World, api: Api, state: bytes, name: str) -> None:
    body = {"name": name, "label": "mine", "state": b64encode(state).decode()}
    created = api("POST", "/worlds", body)
    assert (created.status_code, created.json()["label"]) == (201, "mine")
    world = World(mockserver._control, created.json())
    assert merge(api, world) == "merged"
    world.reset()
    assert merge(api, world) == "merged"
    assert refusal(api("POST", "/worlds", body | {"seed": 1}))[1] == "call_does_not_fit"
    assert refusal(api("POST", "/worlds", body)) == (409, "world_exists")


def test_files_that_cannot_be_used_are_refused(mockserver: World, api: Api, state: bytes) -> None:
    path = f"/worlds/{mockserver.name}/snapshots/new/file"
    for content in (b"nonsense", state[:-30]):
        assert refusal(api("PUT", path, data=content)) == (400, "unfit_state")
        body = {"state": b64encode(content).decode()}
        assert refusal(api("POST", "/worlds", body)) == (400, "unfit_state")
    assert refusal(api("POST", "/worlds", {"state": "abcde"})) == (400, "unfit_state")
    assert refusal(api("PUT", path)) == (400, "body_missing")
    assert refusal(api("GET", path)) == (404, "unknown_snapshot")
    assert refusal(api("PUT", "/worlds/nosuch/snapshots/new/file", data=state)) == (404, "unknown_world")
    assert mockserver.snapshots() == ["before"]


def test_the_command_line_exports_and_imports(
    mockserver: World, api: Api, state: bytes, tmp_path: Path
) -> None:
    options, file = ("--world", mockserver.name, "--url", api.url), tmp_path / "My State.zip"
    exported = run("snapshot", "export", "before", str(file), *options)
    assert json.loads(exported.stdout)["bytes"] == len(state)
    assert file.read_bytes() == state
    mockserver.reset()
    imported = run("snapshot", "import", str(file), "--restore", *options)
    assert json.loads(imported.stdout) == {"name": "my-state", "world": mockserver.name, "restored": True}
    assert merge(api, mockserver) == "merged"
    file.write_bytes(b"nonsense")
    refused = run("snapshot", "import", str(file), "other", *options)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "not a state" in refused.stderr
    served = refuse("serve", "--port", "0", "--scenario", str(file))
    assert (served.returncode, served.stderr.count("\n")) == (2, 1)
    file.write_bytes(state)
    assert "leave out --seed" in refuse("serve", "--port", "0", "--scenario", str(file), "--seed", "1").stderr


@pytest.mark.usefixtures("no_other_plugins")
def test_tests_start_with_a_state(pytester: pytest.Pytester, state: bytes) -> None:
    (pytester.path / "state.zip").write_bytes(state)
    pytester.makepyfile(
        f"""
        import pytest, requests

        def merge(world):
            url, headers = world.url("ortto") + "/v1/person/merge", world.headers("ortto")
            return requests.post(url, json={PERSON!r}, headers=headers).json()["people"][0]["status"]

        def test_by_option(mockserver):
            assert merge(mockserver) == "merged"
            mockserver.reset()
            assert merge(mockserver) == "merged"

        @pytest.mark.mockserver(scenario="demo", seed=42)
        def test_other(mockserver):
            assert merge(mockserver) == "created"

        @pytest.mark.mockserver(scenario="state.zip")
        def test_by_marker(mockserver):
            assert merge(mockserver) == "merged"

        @pytest.mark.mockserver(seed=5)
        def test_with_a_seed(mockserver):
            pass
        """
    )
    result = pytester.runpytest_inprocess(*OURS, "--mockserver-scenario", "state.zip")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        ["*started from the state state, to which seed does not apply; name a scenario*"]
    )
    plain = pytester.runpytest_inprocess(*OURS, "-k", "by_marker")
    plain.assert_outcomes(passed=1, deselected=3)
