"""Links: guests get a world of their own, and nothing else."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from mockserver.app import Application, create_app
from mockserver.contract.operation import Operation
from mockserver.state import links as links_module
from mockserver.state.scenario import load_scenario
from mockserver.storage.layout import ROOT_SPACE
from mockserver.storage.store import Store

TOKEN = "the-owners-token"
OWNER = {"Authorization": f"Bearer {TOKEN}"}


class Server:
    """An application with a token."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.client = Client(app)

    def send(self, method: str, path: str, token: str | None = TOKEN, body: Any = None) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        reply = self.client.open(f"/_mock{path}", method=method, headers=headers, json=body)
        return reply.status_code, reply.get_json() if reply.is_json else None

    def link(self, role: str = "viewer", **options: Any) -> dict[str, Any]:
        status, made = self.send("POST", "/worlds/default/links", body={"role": role, **options})
        assert status == 201, made
        return dict(made)

    def visit(self, link: dict[str, Any]) -> tuple[str, str]:
        """A guest's world and token."""
        status, opened = self.send("POST", "/links/open", None, {"link": link["secret"]})
        assert status == 201, opened
        return opened["world"]["name"], opened["token"]


@pytest.fixture
def server() -> Iterator[Server]:
    app = create_app(load_scenario("empty"), token=TOKEN)
    yield Server(app)
    app.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    app = create_app(load_scenario("empty"), token=TOKEN)
    yield Server(app)
    app.close()


@pytest.fixture(scope="module")
def guests(shared: Server) -> dict[str, tuple[str, str]]:
    """A guest of each role: world and token."""
    return {role: shared.visit(shared.link(role)) for role in links_module.ROLES}


def operations() -> list[Operation]:
    app = create_app(load_scenario("empty"))
    found = [*app.context.control.contract.operations.values()]
    app.close()
    return found


OPERATIONS = operations()
OPEN = {"get_health", "get_readiness", "open_link"}
FOR_GUESTS = {"list_vendors", "get_backstage_contract", "get_access", "list_profiles", "list_stories"}
OWNERS = {"list_links", "create_link", "revoke_link"}


def may(operation: Operation, role: str, own: bool) -> bool:
    """The rule, in other words than the server's."""
    if operation.id in OPEN | FOR_GUESTS:
        return True
    if "{world}" not in operation.path or not own or operation.id in OWNERS:
        return False
    reads = operation.method == "GET" or operation.id.startswith("assert_")
    return reads or role == "operator"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_what_a_guest_may_do(
    shared: Server, guests: dict[str, tuple[str, str]], operation: Operation
) -> None:
    """Each operation, in each role, in the guest's own world and in two others."""
    assert [*guests] == ["viewer", "operator"]
    for role, (own, token) in guests.items():
        others = {"default", *(world for world, _ in guests.values())} - {own}
        for world in [own, *sorted(others), own.upper(), f"{own}%2F..%2Fdefault"]:
            if operation.id == "delete_world" and world == own:
                continue  # its own test
            path = operation.path.replace("{world}", world)
            for name in ("vendor", "name", "fault", "collection", "id", "credential", "action", "link"):
                path = path.replace(f"{{{name}}}", "nothing")
            status, body = shared.send(
                operation.method, path, token, None if operation.method == "GET" else {}
            )
            is_refused = (
                (status, (body or {}).get("error")) == (403, "not_for_guests") if status == 403 else False
            )
            assert is_refused is not may(operation, role, world == own), (operation.id, role, world, status)


def test_the_table_has_every_kind_of_operation() -> None:
    assert {one.id for one in OPERATIONS} >= OPEN | FOR_GUESTS | OWNERS | {"reset_world", "list_journal"}


@pytest.mark.parametrize("path", ["/worlds", "/worlds/default", "/nowhere", "/metrics"])
def test_a_guest_sees_nothing_of_others(
    shared: Server, guests: dict[str, tuple[str, str]], path: str
) -> None:
    assert guests
    for _world, token in guests.values():
        status, body = shared.send("GET", path, token)
        assert status in (403, 404)
        assert "default" not in json.dumps(body)
    # The page of the console is the same for everybody, and holds nothing of a world.
    guest_page = shared.client.get("/", headers={"Authorization": f"Bearer {token}"})
    assert guest_page.data == shared.client.get("/").data


def test_a_guest_learns_the_vendors_urls_and_credentials_in_the_own_world_alone(
    shared: Server, guests: dict[str, tuple[str, str]]
) -> None:
    for world, token in guests.values():
        listed = shared.send("GET", "/vendors", token)[1]["vendors"]
        assert {f"/w/{world}/{one['name']}" in one["url"] for one in listed} == {True}
        assert listed == shared.send("GET", f"/vendors?world={world}", token)[1]["vendors"]
        own = shared.send("GET", f"/worlds/{world}", token)[1]["vendors"]["ortto"]["credentials"]["api_key"]
        (ortto,) = [one["curl"] for one in listed if one["name"] == "ortto"]
        assert own in ortto
        assert "PRK-mockserver" not in ortto  # with it, a guest would change the world that was shared
        for other in ("default", *({one for one, _ in guests.values()} - {world})):
            assert shared.send("GET", f"/vendors?world={world}&world={other}", token)[1]["vendors"] == listed
            status, body = shared.send("GET", f"/vendors?world={other}", token)
            assert (status, body["error"]) == (404, "unknown_world")
    listed = shared.send("GET", f"/vendors?world={world}&vendor=ortto")[1]["vendors"]
    assert own in listed[0]["curl"]
    assert "PRK-mockserver" in shared.send("GET", "/vendors?vendor=ortto")[1]["vendors"][0]["curl"]


@pytest.mark.parametrize("path", ["/worlds#", "/worlds/default/journal?q=", "/worlds/default/people?q=a"])
def test_a_guest_reaches_no_other_world_by_a_step_of_a_story(
    shared: Server, guests: dict[str, tuple[str, str]], path: str
) -> None:
    """The URL of this step comes from the caller, as the output of an earlier one."""
    world, token = guests["operator"]

    def play(path: str) -> dict[str, Any]:
        outputs = {"unknown_segment": {"url": f"http://localhost/_mock{path}"}, "login": {"cookie": "a=b"}}
        step = f"/worlds/{world}/stories/digitalaudience/invalid_calls/wrong_method"
        status, played = shared.send("POST", step, token, {"outputs": outputs})
        assert status == 200, played
        return dict(played)

    refused = play(path)
    assert refused["reply"] is None
    assert "is not an address of this world" in refused["findings"][0]
    assert play(f"/worlds/{world}/links?q=")["reply"] is None, "the owner's, of any world"
    assert play(f"/worlds/{world}/journal?q=")["reply"]["status"] == 200


def test_who_asks_learns_the_role(shared: Server, guests: dict[str, tuple[str, str]]) -> None:
    for role, (world, token) in {**guests, "owner": (None, TOKEN)}.items():
        assert shared.send("GET", "/access", token) == (200, {"role": role, "world": world})
        basic = {"Authorization": f"Basic {b64encode(f'any:{token}'.encode()).decode()}"}
        assert shared.client.get("/_mock/access", headers=basic).status_code == (
            200 if role == "owner" else 401
        )
    assert shared.send("GET", "/access", None)[0] == 401


def test_an_operator_does_everything_in_a_world_and_deletes_it(server: Server) -> None:
    link = server.link("operator", label="Acme", max_worlds=1)
    world, token = server.visit(link)
    assert server.send("PUT", f"/worlds/{world}/settings", token, {"limits": True})[0] == 200
    assert server.send("GET", "/worlds/default/settings")[1]["limits"] is False
    refused = server.send("POST", "/links/open", None, {"link": link["secret"]})
    assert (refused[0], refused[1]["error"]) == (409, "link_used_up")
    assert server.send("DELETE", f"/worlds/{world}", token)[0] == 204
    assert server.send("GET", f"/worlds/{world}", token)[0] == 401  # the token has gone with it
    (listed,) = server.send("GET", "/worlds/default/links")[1]["links"]
    assert (listed["worlds"], listed["label"], listed["role"]) == ([], "Acme", "operator")
    assert server.visit(link)[0] != world


def test_the_url_has_the_secret_behind_the_hash(server: Server) -> None:
    link = server.link()
    assert link["url"] == f"http://localhost/#link={link['secret']}"
    shown = server.send("GET", "/worlds/default/links")[1]
    assert link["secret"] not in json.dumps(shown)


def test_secrets_are_stored_as_digests(server: Server) -> None:
    link = server.link()
    _world, token = server.visit(link)
    store = server.app.context.worlds.store
    stored = repr([*store.documents(ROOT_SPACE)])
    assert "link-" in stored
    assert link["secret"] not in stored
    assert token not in stored


def test_a_revoked_link_takes_its_worlds_with_it(server: Server) -> None:
    link, other = server.link(), server.link()
    (world, token), (stays, _) = server.visit(link), server.visit(other)
    id = link["link"]["id"]
    assert server.send("DELETE", f"/worlds/default/links/{id}")[0] == 204
    assert server.send("GET", f"/worlds/{world}", token)[0] == 401
    assert server.send("GET", f"/worlds/{world}")[0] == 404
    assert server.send("GET", f"/worlds/{stays}")[0] == 200
    for again in (
        server.send("POST", "/links/open", None, {"link": link["secret"]}),
        server.send("DELETE", f"/worlds/default/links/{id}"),
    ):
        assert (again[0], again[1]["error"]) == (404, "unknown_link")


def test_links_and_guests_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """On every store; the clock is the machine's."""
    app = create_app(load_scenario("empty"), token=TOKEN, store=store)
    server = Server(app)
    link = server.link("operator", lifetime=100_000, world_lifetime=10_000)
    world, token = server.visit(link)
    real = time.time
    for seconds, guest, opened in ((9_000, 200, 201), (11_000, 401, 201), (101_000, 401, 404)):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: real() + seconds)
        assert server.send("GET", f"/worlds/{world}/clock", token)[0] == guest
        assert server.send("POST", "/links/open", None, {"link": link["secret"]})[0] == opened
    assert server.send("GET", f"/worlds/{world}")[0] == 404
    names = [one["name"] for one in server.send("GET", "/worlds")[1]["worlds"]]
    assert names == ["default"]


def test_a_guest_who_has_ended_does_not_count(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before the world is deleted, which the server does now and then."""
    secret = server.link(lifetime=100_000, world_lifetime=10_000, max_worlds=1)["secret"]
    links = links_module.Links(server.app.context.worlds)
    links.open(secret)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 11_000)
    assert [one["guests"] for one in links.all("default")] == [[]]
    _link, world, *_ = links.open(secret)
    assert [one["guests"] for one in links.all("default")] == [[world]]


def test_the_number_of_links_is_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "_MAX_LINKS", 1)
    server.link()
    refused = server.send("POST", "/worlds/default/links", body={"role": "viewer"})
    assert (refused[0], refused[1]["error"]) == (409, "too_many_links")


def test_a_former_guest_of_a_server_without_a_token_is_not_its_owner() -> None:
    app = create_app(load_scenario("empty"))
    server = Server(app)
    status, link = server.send("POST", "/worlds/default/links", None, {"role": "viewer"})
    assert status == 201
    world, token = server.visit(link)
    assert server.send("POST", f"/worlds/{world}/reset", token)[0] == 403
    assert server.send("DELETE", f"/worlds/{world}", None)[0] == 204
    assert server.send("GET", "/worlds", token)[1]["error"] == "token_ended"
    app.close()
