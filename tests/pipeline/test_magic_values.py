"""Magic values: every problem of every operation whose calls name an identity, and where they count."""

from collections.abc import Iterator

import pytest
import requests
from werkzeug.test import Client

from mockserver.app import Application, create_app
from mockserver.client import World
from mockserver.contract.magic_values import find_magic_value, spellings
from mockserver.state.scenario import Scenario
from mockserver.vendors import Vendors, names
from tests.magic_calls import MagicCall, find_place, magic_call

SCENARIO = Scenario(
    "magic", "", 3, 1, {"sv_SE": 1}, None, {},
    {"magic_values": True, "switches": {"spotler": {"auth": "lenient"}}},
)  # fmt: skip
LOGIN_PATH = "/digitalaudience/account/login"
LOGIN = {"userName": "demo@mockserver.test", "password": "mockserver"}


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    app = create_app(SCENARIO, max_journal=5_000)
    yield app
    app.close()


@pytest.fixture(scope="module")
def client(app: Application) -> Client:
    client = Client(app)
    assert client.post(LOGIN_PATH, json=LOGIN).status_code == 200
    return client


@pytest.fixture(scope="module")
def headers(app: Application, client: Client) -> dict[str, dict[str, str]]:
    """What authenticates calls, by vendor; a session's cookie is in the client."""
    vendors = (client.get("/_mock/worlds/default").json or {})["vendors"]
    oauth = {"Authorization": 'OAuth oauth_consumer_key="mockserver"', "Accept": "application/json"}
    return {name: one["headers"] | (oauth if name == "spotler" else {}) for name, one in vendors.items()}


def send(client: Client, vendor: str, call: MagicCall, headers: dict[str, str]) -> int:
    sent = {**headers, "Content-Type": call.content_type}
    return client.open(
        f"/{vendor}{call.path}", method=call.method, query_string=call.query, data=call.body, headers=sent
    ).status_code


@pytest.mark.parametrize("vendor", names())
def test_every_problem_of_every_operation_that_names_an_identity(
    app: Application, client: Client, headers: dict[str, dict[str, str]], vendor: str
) -> None:
    found = app.context.vendors[vendor]
    client.delete("/_mock/worlds/default/journal")
    expected = []
    for operation in found.contract.operations.values():
        place = find_place(found, operation)
        if place is None:
            continue
        for problem in operation.problems:
            status = send(client, vendor, magic_call(found, operation, place, problem), headers[vendor])
            if operation.id == "login":
                assert client.post(LOGIN_PATH, json=LOGIN).status_code == 200
            expected.append((operation.id, problem, status))
    assert expected
    journal = app.context.worlds.journal("default").read({}, after=0, limit=100_000)
    met = [
        (one["operation"], one["problem"], one["reply"]["status"])
        for one in journal
        if one["fault"] == {"id": "magic-value", "kind": "magic_value"} and one["flaw"] is None
    ]
    assert sorted(set(expected) - set(met)) == []
    assert met == expected


SYNC = ["sync_in_progress", "not_found"]
NUMBER = str(spellings("not_found").number)
UUID = spellings("not_found").uuid
MAIL = "fail+not_found@mockserver.test"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("path", "query", "headers", "body", "value", "problem"),
    [
        ("/audiences/fail-not_found/sync", "", {}, b"", "fail-not_found", "not_found"),
        ("/x", "email=fail%2Bnot_found%40mockserver.test", {}, b"", MAIL, "not_found"),
        ("/x", "", {}, b'{"a":[{"b":"fail+sync_in_progress"}]}', "fail+sync_in_progress", "sync_in_progress"),
        ("/x", "", FORM, b"email=fail%2Bnot_found%40mockserver.test", MAIL, "not_found"),
        ("/x", "", {}, b"<email>fail+not_found@mockserver.test</email>", MAIL, "not_found"),
        (f"/x/{NUMBER}", "", {}, b"", NUMBER, "not_found"),
        ("/x", "", {}, b'{"id":%s}' % NUMBER.encode(), NUMBER, "not_found"),
        (f"/x/{UUID}", "", {}, b"", UUID, "not_found"),
        (f"/x/{UUID.upper()}", "", {}, b"", UUID, "not_found"),
        ("/x", "", {}, b'["fail-other", "fail-not_found"]', "fail-not_found", "not_found"),
    ],
)  # fmt: skip
def test_how_a_magic_value_is_written(
    path: str, query: str, headers: dict[str, str], body: bytes, value: str, problem: str
) -> None:
    assert find_magic_value(SYNC, path, query, headers, body) == (value, problem)


@pytest.mark.parametrize(
    "text",
    [
        "fail-safe",
        "fail-not_founded",
        "fail",
        "unfail-not_found",
        "fail_not_found",
        f"1{NUMBER}",
        f"{NUMBER}0",
        "990",
        str(spellings("another").number),
        "11111111-0000-4000-8000-000" + NUMBER,
    ],
)
def test_what_is_no_magic_value(text: str) -> None:
    assert find_magic_value(SYNC, f"/x/{text}", text, {}, text.encode()) is None


@pytest.mark.parametrize("vendor", names())
def test_no_two_problems_of_a_vendor_have_the_same_number(vendor: str) -> None:
    problems = Vendors((vendor,))[vendor].contract.problems
    assert len({spellings(one).number for one in problems}) == len(problems) > 0


def sync(world: World, audience: str, headers: dict[str, str]) -> int:
    url = f"{world.url('fanfare')}/api/v1/audiences/{audience}/sync"
    return requests.post(url, headers=headers, timeout=20).status_code


def test_a_magic_value_in_the_journal_and_in_coverage(mockserver: World) -> None:
    mockserver.configure(magic_values=True)
    before = mockserver.state_hash()
    assert sync(mockserver, "fail-sync_in_progress", mockserver.headers("fanfare")) == 409
    [exchange] = mockserver.journal()
    assert exchange["problem"] == "sync_in_progress"
    assert exchange["fault"] == {"id": "magic-value", "kind": "magic_value"}
    assert exchange["remarks"] == ["the magic value fail-sync_in_progress provokes sync_in_progress"]
    assert mockserver.journal(fault="magic_value") == [exchange]
    assert mockserver.state_hash() == before
    reached = [
        one for one in mockserver.coverage("fanfare")["items"]
        if one["operation"] == "sync_audience" and one["name"] == "sync_in_progress"
    ]  # fmt: skip
    assert [(one["calls"], one["by_fault"]) for one in reached] == [(1, 1)]


def test_off_by_default_and_after_the_credential(mockserver: World) -> None:
    headers = mockserver.headers("fanfare")
    assert sync(mockserver, "fail-sync_in_progress", headers) == 404
    assert mockserver.settings()["magic_values"] is False
    mockserver.configure(magic_values=True)
    assert sync(mockserver, "fail-sync_in_progress", {}) == 401
    assert sync(mockserver, "fail-no_problem_of_the_operation", headers) == 404
    assert [one["fault"] for one in mockserver.journal()] == [None] * 3


@pytest.mark.parametrize(
    ("address", "nearest"),
    [
        ("fail+rate_limit@mockserver.test", "rate_limit_exceeded"),
        ("FAIL+RATE_LIMIT_EXCEEDED@MOCKSERVER.TEST", "rate_limit_exceeded"),
        ("fail+sync_in_progress@mockserver.test", None),  # a problem of another operation
        ("ann@mockserver.test", ""),
    ],
)
def test_an_address_that_provokes_nothing_is_remarked(
    mockserver: World, address: str, nearest: str | None
) -> None:
    mockserver.configure(magic_values=True)
    url = f"{mockserver.url('fanfare')}/api/v1/consumers"
    body = {"email": address, "fullName": "Ann Berg"}
    assert requests.post(url, json=body, headers=mockserver.headers("fanfare"), timeout=20).ok
    remarks = mockserver.journal()[0]["remarks"]
    if nearest == "":
        assert remarks == []
        return
    (remark,) = remarks
    assert remark.startswith(f"{address} provokes nothing: create_consumer has no such problem (nearest: ")
    assert nearest is None or nearest in remark
