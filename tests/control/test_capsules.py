"""Replay capsules: what they hold and refuse, and that a replay finds the first step that differs."""

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from werkzeug.test import Client

from mockserver.app import Application, create_app
from mockserver.binding.vendor import Vendor
from mockserver.call import Call, WireReply
from mockserver.client import World
from mockserver.errors import ControlError
from mockserver.formats.reply_difference import differing_digest
from mockserver.pipeline.handler import handle_call
from mockserver.state.capsule_file import FORMAT, Capsule, digests_of, pack, unpack
from mockserver.testing.local_control import LocalControl

CRITERIA = {"$and": [{"$and": [{"$str::is": {"field_id": "str:cm:label", "value": "VIP"}}]}]}
PEOPLE = {"people": [{"fields": {"str::email": "kim@example.com"}}], "merge_by": ["str::email"]}


class Server(SimpleNamespace):
    """An application with Ortto and Digital Audience, and the client of its control API."""

    app: Application
    control: LocalControl

    def world(self, **options: Any) -> World:
        return self.control.create_world(scenario="demo", people=5, **options)

    def send(self, world: World, vendor: str, path: str, body: Any = None, **headers: str) -> WireReply:
        sent = {"content-type": "application/json", **world.headers(vendor), **headers}
        worlds = self.app.context.worlds
        call = Call(
            "POST" if body is not None else "GET",
            path,
            headers={name.lower(): text for name, text in sent.items()},
            raw=orjson.dumps(body) if body is not None else b"",
            origin=f"http://mock.test/w/{world.name}/{vendor}",
        )
        return handle_call(worlds, cast(Vendor, worlds.vendors[vendor]), call, world.name)

    def merge(self, world: World, email: str = "kim@example.com", **headers: str) -> WireReply:
        people = [{"fields": {"str::email": email}}]
        return self.send(world, "ortto", "/v1/person/merge", {**PEOPLE, "people": people}, **headers)


def start() -> Server:
    app = create_app(people=5, vendors=("digitalaudience", "ortto"))
    return Server(app=app, control=LocalControl(app))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = start()
    yield server
    server.app.close()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server of its own, whose handlers a test may replace."""
    server = start()
    yield server
    server.app.close()


def busy_world(server: Server) -> World:
    """A world in which every kind of thing has happened."""
    world = server.world(settings={"limits": True})
    assert server.merge(world).status == 200
    world.configure(jobs="manual", rates={"ortto": {"bad_credentials": 50}})
    with world.faults.add("ortto", None, "status", status=503):
        assert server.merge(world).status == 503
    world.faults.add("ortto", None, "duplicate")
    assert server.merge(world, "lee@example.com").status == 200
    world.faults.clear()
    minted = world.mint("ortto", expires_in=3600)
    assert server.merge(world, "pat@example.com", **minted.headers).status == 200
    world.clock.advance(7200)
    assert server.merge(world, "pat@example.com", **minted.headers).status == 401
    world.snapshot("before")
    assert server.merge(world, "sam@example.com").status == 200
    world.restore("before")
    minted.revoke()
    world.backstage("ortto", "create_audience", name="Acted", filter=CRITERIA)
    world.jobs.run()
    login = {name: world.credentials("digitalaudience")[name] for name in ("userName", "password")}
    session = server.send(world, "digitalaudience", "/account/login", login)
    cookie = session.headers["Set-Cookie"].partition(";")[0]
    path = "/campaign/createcampaign"
    assert server.send(world, "digitalaudience", path, {"name": "A"}, cookie=cookie).status == 200
    assert (
        server.send(world, "digitalaudience", path, {"name": "B"}, cookie="digitalAudience=no").status == 401
    )
    world.reset("ortto")
    world.delete_snapshot("before")
    assert server.merge(world, "last@example.com").status == 200
    return world


def test_whatever_happened_is_replayed_in_its_order(server: Server) -> None:
    world = busy_world(server)
    done = server.control.replay(world.capsule())
    assert done.difference is None
    assert done.exchanges == world.journal.newest() == 11
    titles = [one["title"] for one in done.steps]
    actions = [one.partition("(")[2].rstrip(")") for one in titles if one.startswith("action")]
    assert actions == [
        "set_settings",
        "add_fault",
        "remove_fault",
        "add_fault",
        "clear_faults",
        "mint_credential",
        "set_clock",
        "create_snapshot",
        "restore_snapshot",
        "revoke_credential",
        "run_backstage",
        "run_jobs",
        "reset_world",
        "delete_snapshot",
    ]
    assert done.world.diff()["counts"] == world.diff()["counts"]
    assert [one["operation"] for one in done.world.actions()] == [one["operation"] for one in world.actions()]


NOT_RECORDED = {
    "delete_world": "nothing is left to be recorded",
    "clear_journal": "a capsule of a world whose journal was cleared is refused",
    "replay_capsule": "makes a world: its steps are recorded",
    "create_link": "is of the server: a link changes nothing in its world",
    "revoke_link": "is of the server: the guests' worlds are deleted",
    "send_call": "the call is an exchange",
    "resend_exchange": "the call is an exchange",
    "play_step": "the call is an exchange, or the action of another operation",
}
"""The operations that change a world, or may, without an action in its log, and why."""
REFUSED = {"import_snapshot", "create_world", "open_link"}
"""The operations after which a capsule is refused, until the next reset."""
PROFILE = {"faults": [{"kind": "status", "status": 418, "vendor": "ortto"}], "settings": {"limits": True}}


def every_action(server: Server, world: World) -> None:
    """Each operation that changes a world, but those that are not recorded or refused."""
    for name, call in (("brief", 418), ("long", 418)):
        content = {**PROFILE, "lasts": 3600 if name == "brief" else None}
        world.profile({"name": name, **content})
        assert server.merge(world).status == call
    world.clock.advance(7200)
    assert [one.name for one in world.profiles()] == ["long"]
    fault = world.faults.add("ortto", None, "status", status=503)
    fault.remove()
    world.faults.add("ortto", None, "duplicate")
    world.faults.clear()
    world.end_profile("long")
    world.configure(jobs="manual", magic_values=True)
    assert server.merge(world, "fail+forbidden@mockserver.test").status == 403
    world.configure(magic_values=False)
    assert server.merge(world, "fail+forbidden@mockserver.test").status == 200
    world.mint("ortto").revoke()
    world.snapshot("one")
    world.restore("one")
    world.delete_snapshot("one")
    world.jobs.run()
    world.backstage("ortto", "create_audience", name="Acted", filter=CRITERIA)
    world.reset("ortto")
    assert server.merge(world).status == 200


def test_whatever_changes_a_world_is_recorded(server: Server) -> None:
    """Over the contract: a new operation has to be recorded and replayed, or refused, or explained here."""
    contract = server.app.context.control.contract
    writing = {one.id for one in contract.operations.values() if not one.is_read_only}
    world = server.world()
    every_action(server, world)
    done = {one["operation"] for one in world.actions()} - {"create_audience"} | {"run_backstage"}
    done |= {"reset_world"}
    assert writing == done | NOT_RECORDED.keys() | REFUSED
    assert not done & (NOT_RECORDED.keys() | REFUSED)
    replayed = server.control.replay(world.capsule())
    assert replayed.difference is None
    assert [one["operation"] for one in replayed.world.actions()] == [
        one["operation"] for one in world.actions()
    ]


def test_a_capsule_of_a_replayed_world_is_the_same(own_server: Server) -> None:
    """On a server of its own: seed data that another test has written would hide what the replay lets run."""
    first = own_server.control.replay(busy_world(own_server).capsule())
    again = own_server.control.replay(first.world.capsule())
    assert again.difference is None
    both = [unpack(one.capsule()).steps for one in (first.world, again.world)]
    assert [one["reply"] for one in both[0] if "reply" in one] == [
        one["reply"] for one in both[1] if "reply" in one
    ]
    assert [one.get("effects") for one in both[0]] == [one.get("effects") for one in both[1]]
    assert len(both[0]) > 20


def test_until_rebuilds_an_earlier_state(server: Server) -> None:
    world = server.world()
    for number in range(4):
        server.merge(world, f"new-{number}@example.com")
    content = world.capsule()
    assert world.records("ortto", "people", search="new-3@")
    for until in range(5):
        done = server.control.replay(content, until=until)
        assert len(done.steps) == until
        assert len(done.world.records("ortto", "people", search="new-")) == until


def replace_handler(server: Server, name: str, change: Callable[[Any, Call, Any], Any]) -> None:
    """Replaces a handler of Ortto by one that changes its reply."""
    handlers = cast(Vendor, server.app.context.worlds.vendors["ortto"]).handlers
    handler = handlers[name]
    handlers[name] = lambda call, world: change(handler(call, world), call, world)


def recorded(server: Server) -> bytes:
    world = server.world()
    for email in ("a@example.com", "b@example.com", "c@example.com"):
        assert server.merge(world, email).status == 200
    return world.capsule()


def test_a_wrong_reply_is_found_at_its_step(server: Server, own_server: Server) -> None:
    def wrong(reply: Any, call: Call, _world: Any) -> Any:
        if b"b@example.com" in call.raw:
            reply["people"][0]["status"] = "merged"
        return reply

    content = recorded(server)
    replace_handler(own_server, "merge_people", wrong)
    done = own_server.control.replay(content)
    assert done.difference is not None
    assert (done.difference["exchange"], done.difference["place"]) == (2, "/people/0/status")
    assert (done.difference["recorded"], done.difference["replayed"]) == ('"created"', '"merged"')
    message = 'exchange 2 (ortto merge_people): /people/0/status: recorded "created"; replayed "merged"'
    assert done.message == message


def test_a_second_delivery_is_replayed_at_its_own_time(own_server: Server) -> None:
    def timed(reply: Any, _call: Call, world: Any) -> Any:
        records, id = world.records("person"), reply["people"][0]["person_id"]
        record = records.get(id)
        records.update(
            id, {**record, "fields": {**record["fields"], "str::last": f"{world.now().timestamp()}"}}
        )
        return reply

    world = own_server.world()
    replace_handler(own_server, "merge_people", timed)
    world.faults.add("ortto", None, "duplicate")
    own_server.merge(world)
    done = own_server.control.replay(world.capsule())
    assert done.difference is None, done.message
    assert len(done.world.journal()) == 2


def test_a_wrong_change_is_found_with_its_record(server: Server, own_server: Server) -> None:
    def wrong(reply: Any, call: Call, world: Any) -> Any:
        if b"c@example.com" in call.raw:
            records = world.records("person")
            id = reply["people"][0]["person_id"]
            records.update(id, {**records.get(id), "fields": {"str::email": "other@example.com"}})
        return reply

    content = recorded(server)
    replace_handler(own_server, "merge_people", wrong)
    done = own_server.control.replay(content)
    assert done.difference is not None
    assert done.difference["exchange"] == 3
    assert done.difference["place"].startswith("state, ortto.people ")
    assert len(done.steps) == 3


def test_two_clients_are_replayed_in_the_order_of_the_journal(server: Server) -> None:
    world = server.world()

    def work(name: str) -> None:
        for number in range(10):
            server.merge(world, f"{name}{number % 3}@example.com")

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = server.control.replay(world.capsule())
    assert (done.difference, done.exchanges) == (None, 20)
    bodies = [[one["call"]["body"] for one in each.journal()] for each in (world, done.world)]
    assert bodies[0] == bodies[1]


def test_a_call_that_two_faults_make_late_begins_at_the_same_microsecond(server: Server) -> None:
    world = server.world()
    world.clock.freeze()
    for _ in range(2):  # each rounds to a second, their sum to a microsecond more than two
        world.faults.add("ortto", None, "latency", seconds=1.0000004, clock=True)
    before = world.clock.now()
    assert server.merge(world).status == 200
    step = unpack(world.capsule()).steps[-1]
    assert step["call"]["clock_step"] == (world.clock.now() - before).total_seconds() == 2


def test_a_history_of_which_not_all_is_known_is_refused(server: Server) -> None:
    def refusal(world: World) -> str:
        with pytest.raises(ControlError) as error:
            world.capsule()
        assert error.value.problem == "unfit_capsule"
        assert "\n" not in str(error.value)
        return str(error.value)

    cleared, configured, snapshotted = server.world(), server.world(), server.world()
    server.merge(cleared)
    copy = server.control.create_world(fork=cleared.name)
    assert "copy" in refusal(copy)
    shared = server.world()
    server.merge(shared)
    secret = shared.share("operator")["secret"]
    opened = Client(server.app).post("/_mock/links/open", json={"link": secret})
    guest = server.control.world(opened.get_json()["world"]["name"])
    assert "copy" in refusal(guest)
    known = orjson.dumps(guest.actions()).decode()
    assert shared.name not in known
    assert secret not in known
    copy.reset()
    assert server.control.replay(copy.capsule()).difference is None, "after a reset, all is known again"
    cleared.clear_journal()
    assert "its journal was cleared" in refusal(cleared)
    configured.configure(jobs="manual")
    configured.clear_journal()
    assert "its journal was cleared" in refusal(configured), "there was an action, though no call"
    snapshotted.snapshot("early")
    snapshotted.reset()
    snapshotted.restore("early")
    assert "its snapshot early" in refusal(snapshotted)
    large = server.world()
    server.merge(large, "x" * 70_000)
    assert "too large" in refusal(large)
    secretive = server.world()
    passwords = [{"password": f"secret number {number}"} for number in range(101)]
    server.send(secretive, "ortto", "/v1/person/merge", {**PEOPLE, "passwords": passwords})
    assert "secrets that cannot be taken out" in refusal(secretive)
    secretive.reset()
    secretive.faults.add("ortto", None, "status", status=418, body={"passwords": passwords})
    assert "secrets that cannot be taken out" in refusal(secretive)


def test_dropped_exchanges_are_refused() -> None:
    app = create_app(people=0, vendors=("ortto",), max_journal=20)
    server = Server(app=app, control=LocalControl(app))
    world = server.world()
    for _ in range(40):
        server.merge(world)
    with pytest.raises(ControlError, match="has dropped"):
        world.capsule()
    app.close()


def test_a_state_and_minted_credentials_of_before_are_part_of_the_start(server: Server) -> None:
    origin = server.world()
    server.merge(origin, "before@example.com")
    origin.snapshot("s")
    world = server.control.create_world(state=origin.export_snapshot("s"))
    minted = world.mint("ortto")
    world.reset()
    assert server.merge(world, "before@example.com", **minted.headers).status == 200
    done = server.control.replay(world.capsule())
    assert done.difference is None
    assert done.world.records("ortto", "people", search="before@example.com")
    assert done.world.state_hash() == world.state_hash()


def test_a_call_to_no_vendor_keeps_its_number(server: Server) -> None:
    world = server.world()
    client = Client(server.control._app)  # as an HTTP client would call it
    assert client.get(f"/w/{world.name}/orto/v1/x", base_url="http://localhost").status_code == 404
    server.merge(world)
    done = server.control.replay(world.capsule())
    assert done.difference is None
    assert [one["vendor"] for one in done.world.journal()] == [None, "ortto"]


def test_a_secret_in_an_action_is_replaced_wherever_it_is_a_text(server: Server) -> None:
    world = server.world()
    where = {"/password": "correct horse", "/token": True}
    world.faults.add("ortto", None, "status", status=503, where=where)
    content = world.capsule()
    assert "correct horse" not in str(unpack(content).steps)
    assert server.control.replay(content).difference is None
    world.faults.add("ortto", None, "status", status=503, where={"/token": 98761234})
    with pytest.raises(ControlError, match="secrets that cannot be taken out"):
        world.capsule()


def test_a_vendor_that_is_not_served_is_named(server: Server) -> None:
    content = recorded(server)
    app = create_app(people=0, vendors=("voyado",))
    with pytest.raises(ControlError, match="does not serve"):
        LocalControl(app).replay(content)
    app.close()


def edited(content: bytes, **entries: bytes | None) -> bytes:
    """The file with other entries; None removes one."""
    names = {
        "manifest": "manifest.json",
        "start": "start.zip",
        "steps": "steps.jsonl",
        "bodies": "bodies.json",
    }
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    parts |= {names.get(name, name): one for name, one in entries.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, one in parts.items():
            if one is not None:
                archive.writestr(name, one)
    return file.getvalue()


def step(**change: Any) -> Callable[[bytes], bytes]:
    """Changes members of the first step."""

    def apply(content: bytes) -> bytes:
        capsule = unpack(content)
        steps = [{**capsule.steps[0], **change}, *capsule.steps[1:]]
        return edited(content, steps=b"\n".join(map(orjson.dumps, steps)) + b"\n")

    return apply


def manifest(**change: Any) -> Callable[[bytes], bytes]:
    """Changes members of the manifest."""
    return lambda content: edited(content, manifest=orjson.dumps({**unpack(content).manifest, **change}))


def sending(**change: Any) -> Callable[[bytes], bytes]:
    """Changes members of the first call."""
    return lambda content: step(call={**unpack(content).steps[0]["call"], **change})(content)


ACTION = {"number": 1, "params": {}, "body": None, "at": "2026-01-01T00:00:00Z"}


def acting(operation: str, **more: Any) -> Callable[[bytes], bytes]:
    """Puts an action before the first step."""

    def apply(content: bytes) -> bytes:
        steps = [{**ACTION, "action": operation, **more}, *unpack(content).steps]
        return edited(content, steps=b"\n".join(map(orjson.dumps, steps)) + b"\n")

    return apply


MANY = b"[" + b"[]," * 2_000_000 + b"[]]\n"
"""A few kilobytes in a file, and a hundred times their length in memory."""

HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no zip": (lambda _: b"nothing", "damaged or no capsule"),
    "cut": (lambda content: content[: len(content) // 2], "damaged or no capsule"),
    "an entry is missing": (lambda content: edited(content, bodies=None), "entries other than"),
    "a further entry": (lambda content: edited(content, **{"../x": b"1"}), "entries other than"),
    "too large unpacked": (lambda content: edited(content, bodies=b" " * (129 << 20)), "larger than"),
    "another format": (manifest(format="zip"), "the format is not"),
    "a newer version": (manifest(version=2), "newer than this release"),
    "fewer exchanges": (manifest(exchanges=9), "3 exchanges, where the manifest has 9"),
    "no JSON": (lambda content: edited(content, steps=b"{\n"), "invalid JSON"),
    "too many values": (lambda content: edited(content, bodies=MANY), "bodies.json: more than 2000000 JSON"),
    "too many values in the manifest": (lambda content: edited(content, manifest=MANY), "more than 2000000"),
    "too many values in a step": (lambda content: edited(content, steps=MANY), "steps.jsonl:1: more than"),
    "deep JSON": (lambda content: edited(content, steps=b"[" * 100_000), "invalid JSON"),
    "texts are none": (lambda content: edited(content, bodies=b"[1]"), "not an array of texts"),
    "an unknown text": (step(reply={"status": 200, "headers": {}, "body": 99}), "has no text 99"),
    "another number": (step(number=7), "exchange 7 after 0"),
    "an unknown member": (step(extra=1), "see contracts/capsule.schema.yaml"),
    "a year before all clocks": (step(at="0001-01-01T00:00:00Z"), "cannot show the year 1"),
    "a step of ages": (sending(clock_step=1e12), "see contracts/capsule.schema.yaml"),
    "no Base64": (sending(base64="%"), "invalid Base64"),
    "a kind of credential that no vendor has": (
        manifest(credentials=[{"id": "c", "vendor": "ortto", "field": "x", "minted": True}]),
        "cannot be minted",
    ),
    "a time that is none": (step(at="2026-13-45T00:00:00Z"), "see contracts/capsule.schema.yaml"),
    "too many steps": (lambda content: edited(content, steps=b"{}\n" * 10_001), "larger than"),
    "an operation on the server": (acting("create_world"), "no such action"),
    "a deletion": (acting("delete_world"), "no such action"),
    "a reset of everything": (acting("reset_world"), "no such action"),
    "a reset of a list": (acting("reset_world", body=[1]), "no such action"),
    "no start": (lambda content: edited(content, start=b"no"), "start.zip: damaged"),
}


@pytest.fixture(scope="module")
def capsule(server: Server) -> bytes:
    """A capsule of three calls."""
    return recorded(server)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_is_no_capsule_is_refused_in_one_line(server: Server, capsule: bytes, case: str) -> None:
    change, message = HOSTILE[case]
    before = len(server.control.worlds())
    with pytest.raises(ControlError) as error:
        server.control.replay(change(capsule))
    assert (error.value.problem, error.value.status) == ("unfit_capsule", 400)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert len(server.control.worlds()) == before


def test_an_action_cannot_reach_another_world(server: Server) -> None:
    other = server.world()
    change = acting("remove_fault", params={"fault": f"../../{other.name}/faults", "world": other.name})
    done = server.control.replay(change(recorded(server)))
    assert done.difference is not None
    assert done.difference["place"] == "action"
    change = acting("set_settings", params={"world": other.name}, body={"jobs": "manual"})
    server.control.replay(change(recorded(server)))
    assert other.settings()["jobs"] == "on_time"


def test_long_texts_become_digests_that_still_name_the_member() -> None:
    random = Random(1)
    texts = [
        orjson.dumps({"rows": [random.random() for _ in range(300)], "number": n}).decode() for n in range(20)
    ]
    steps = [
        {
            "at": "2026-01-01T00:00:00Z",
            "number": number + 1,
            "vendor": "ortto",
            "reply": {"status": 200, "headers": {}, "body": number},
        }
        for number in range(len(texts))
    ]
    facts = {"format": FORMAT, "version": 1, "product": "1", "world": "w", "label": None}
    facts |= {"exchanges": len(texts), "credentials": [], "state": {}}
    content = pack(Capsule(facts, b"", steps, texts))
    assert len(content) <= 50 * 1024 < len("".join(texts))
    kept = unpack(content).steps[3]["reply"]["body"]
    assert kept == digests_of(texts[3])
    found = differing_digest(kept, digests_of(texts[3].replace('"number":3', '"number":4')))
    assert found is not None
    assert found.place == "/number"
    assert differing_digest(kept, digests_of(texts[3])) is None
