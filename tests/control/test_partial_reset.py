"""The reset of one vendor, and calls with members or parameters that the control API does not know."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.errors import ControlError
from mockserver.paths import contracts
from mockserver.vendors import names

CONTRACT = Contract.read(contracts() / "control" / "openapi.yaml")


def create_contact(world: World, email: str) -> str:
    """The id of a new contact of Voyado, whose creation schedules jobs and takes serial numbers."""
    headers = {**world.headers("voyado"), "Content-Type": "application/json"}
    body = {"firstName": "Ada", "email": email, "countryCode": "SE"}
    url = f"{world.url('voyado')}/api/v3/contacts"
    return str(requests.post(url, json=body, headers=headers, timeout=20).json()["id"])


def merge_person(world: World) -> str:
    url, headers = f"{world.url('ortto')}/v1/person/merge", world.headers("ortto")
    body = {"people": [{"fields": {"str::email": "ada@example.com"}}], "merge_by": ["str::email"]}
    reply = requests.post(url, json=body, headers=headers, timeout=20).json()
    return str(reply["people"][0]["status"])


def test_one_vendor_is_reset_and_the_others_stay(mockserver: World) -> None:
    mockserver.clock.freeze("2026-03-01T12:00:00Z")
    url, headers = f"{mockserver.url('voyado')}/api/v3/contacts/x", mockserver.headers("voyado")
    requests.get(url, headers=headers, timeout=20)  # writes the seed data with its jobs
    before = mockserver.jobs.pending("voyado")
    first = create_contact(mockserver, "ada@example.com")
    assert merge_person(mockserver) == "created"
    mockserver.faults.add("fanfare", None, "garbage")
    mockserver.clock.advance("36h")  # a nightly job of the seed data runs and is scheduled anew
    others = [job for job in mockserver.jobs.pending() if job["vendor"] != "voyado"]
    mockserver.reset(vendor="voyado")
    assert merge_person(mockserver) == "merged"
    assert mockserver.jobs.pending("voyado") == before
    assert [job for job in mockserver.jobs.pending() if job["vendor"] != "voyado"] == others
    assert create_contact(mockserver, "ada@example.com") == first
    assert len(mockserver.journal("voyado")) == 3
    assert [fault.kind for fault in mockserver.faults.all()] == ["garbage"]
    assert mockserver.clock.now().day == 3
    with pytest.raises(ControlError, match="unknown vendor 'voyadoo'"):
        mockserver.reset("voyadoo")


def test_the_command_resets_one_vendor(mockserver: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge_person(mockserver) == "created"
    url = mockserver._control.url
    for vendor, status in (("voyado", "merged"), ("ortto", "created")):
        with pytest.raises(SystemExit) as ended:
            main(["reset", mockserver.name, "--vendor", vendor, "--url", url])
        assert ended.value.code == 0
        assert merge_person(mockserver) == status
    assert mockserver.name in capsys.readouterr().out


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    app = create_app(people=0)
    yield Client(app)
    app.context.worlds.store.close()


PATHS = {
    "world": "default",
    "vendor": "ortto",
    "collection": "people",
    "id": "1",
    "name": "x",
    "fault": "fault-1",
    "profile": "degraded",
    "credential": "credential-1",
    "number": "1",
    "audience": "1",
    "link": "link-000000000000",
    "story": "x",
    "step": "x",
}
QUERIES = {"find_people": {"q": "ann"}, "get_exchange_code": {"language": "curl"}}
"""The required parameters."""
OPERATIONS = {
    one.id: one
    for one in CONTRACT.operations.values()
    if "call_does_not_fit" in one.problems and one.id != "run_backstage"
}


@pytest.mark.parametrize("id", OPERATIONS)
def test_no_operation_ignores_what_it_does_not_know(client: Client, id: str) -> None:
    """A query parameter, a body where none is taken, and a further member of a valid body."""
    one = OPERATIONS[id]
    path = "/_mock" + one.path.format_map(PATHS)

    def refused(**sent: Any) -> str:
        reply = client.open(path, method=one.method, **sent)
        assert reply.status_code == 400, reply.text
        body = reply.json or {}
        assert body["error"] == "call_does_not_fit"
        assert "\n" not in body["message"]
        return str(body["message"])

    valid = _examples(id)
    needs_file = one.body is not None and one.body.required and not valid
    sent: dict[str, Any] = {"json": valid[0]} if valid else {"data": b"PK"} if needs_file else {}
    query = QUERIES.get(id, {})
    assert "query/lable" in refused(query_string={**query, "lable": "1"}, **sent)
    if one.body is None:
        assert f"{id} takes no body; leave it out" in refused(query_string=query, json={"vendor": "ortto"})
    for example in valid:
        for name in example:
            misspelt = {key: value for key, value in example.items() if key != name} | {f"{name}x": 1}
            assert f"{name}x" in refused(json={**example, f"{name}x": 1})
            message = refused(json=misspelt)
            assert f"the nearest is {name}" in message or f"'{name}' is a required" in message


def _examples(id: str) -> list[dict[str, Any]]:
    node = next(node for *_place, node in CONTRACT.operation_nodes() if node["operationId"] == id)
    content = node.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = [example["value"] for example in content.get("examples", {}).values()]
    return [*named, *([content["example"]] if "example" in content else [])]


def test_a_reset_before_the_first_call_keeps_the_serial_numbers_of_the_seed_data() -> None:
    """New ids must not begin where those of the seed data did; it is written by the first call."""
    app = create_app(people=0)
    client, ids = Client(app), []
    for resets in (True, False):
        body = {"scenario": "demo", "people": 5, "seed": 7, "now": "2026-03-04T05:06:07Z"}
        world = client.post("/_mock/worlds", json=body).get_json()
        if resets:  # first: the seed data are shared
            client.post(f"/_mock/worlds/{world['name']}/reset", json={"vendor": "fanfare"})
        ids.append(
            client.post(
                f"/w/{world['name']}/fanfare/api/v1/consumers",
                json={"email": "a@example.com", "fullName": "A"},
                headers=world["vendors"]["fanfare"]["headers"],
            ).get_json()["id"]
        )
    app.close()
    assert ids[0] == ids[1]


def test_backstage_actions_refuse_members_that_they_do_not_know(client: Client) -> None:
    checked = []
    for vendor in names():
        contract = client.get(f"/_mock/vendors/{vendor}/backstage").json or {}
        for item in contract["paths"].values():
            action = item["post"]["operationId"]
            path = f"/_mock/worlds/default/backstage/{vendor}/{action}"
            reply = client.post(path, json={"noSuchMember": 1})
            assert reply.status_code == 400, reply.text
            checked.append(action)
    assert len(checked) > 10
