"""Exported and imported states: what travels, what does not, and that an import is all or nothing."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any, cast

import orjson
import pytest

from mockserver.app import create_app
from mockserver.binding.vendor import Vendor
from mockserver.call import Call, WireReply
from mockserver.errors import InvalidStateError, Problem, WouldBlockError
from mockserver.formats.secret_mark import MARK
from mockserver.pipeline.handler import handle_call
from mockserver.state.portable_state import create_world, export_snapshot, import_snapshot
from mockserver.state.state_file import WorldState, unpack
from mockserver.state.worlds import Worlds
from mockserver.storage.layout import SEED_SPEC
from mockserver.storage.store import Row

SMALL: dict[str, Any] = {"people": 5, "seed": 3}
DAY = 86_400


@pytest.fixture
def worlds() -> Iterator[Worlds]:
    app = create_app(people=5, vendors=("digitalaudience", "ortto", "voyado"))
    yield app.context.worlds
    app.close()


def send(
    worlds: Worlds, vendor: str, world: str, method: str, path: str, body: Any = None, **headers: str
) -> WireReply:
    sent = {"content-type": "application/json"} | {
        name.replace("_", "-"): one for name, one in headers.items()
    }
    raw = orjson.dumps(body) if body is not None else b""
    call = Call(method, path, headers=sent, raw=raw, origin=f"http://mock.test/w/{world}/{vendor}")
    return handle_call(worlds, cast(Vendor, worlds.vendors[vendor]), call, world)


def ortto(worlds: Worlds, world: str) -> WireReply:
    """A call that is counted by Ortto's rate limits, and adds a person."""
    key = worlds.get(world)["credentials"]["ortto"]["api_key"]
    people = [{"fields": {"str::email": f"{world}@example.com", "str::first": "{{credential:x}}"}}]
    body = {"people": people, "merge_by": ["str::email"]}
    return send(worlds, "ortto", world, "POST", "/v1/person/merge", body, x_api_key=key)


def voyado(worlds: Worlds, world: str) -> WireReply:
    """A call that is counted for its key."""
    key = worlds.get(world)["credentials"]["voyado"]["apikey"]
    return send(worlds, "voyado", world, "GET", "/api/v3/target-audiences", apikey=key)


def login(worlds: Worlds, world: str, user: str, password: str) -> WireReply:
    return send(
        worlds, "digitalaudience", world, "POST", "/account/login", {"userName": user, "password": password}
    )


def export(worlds: Worlds, world: str) -> bytes:
    worlds.snapshot(world, "exported")
    return export_snapshot(worlds, world, "exported")


def text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_clock_settings_faults_limits_and_serials_travel_and_the_journal_does_not(worlds: Worlds) -> None:
    worlds.create("a", **SMALL, settings={"limits": True})
    assert ortto(worlds, "a").status == 200
    worlds.clock("a").freeze()
    worlds.faults("a").add({"kind": "status", "status": 418, "times": None, "after": 1})
    assert ortto(worlds, "a").status == 200  # the fault has seen a call
    worlds.settings("a").change({"jobs": "manual"})
    content = export(worlds, "a")
    create_world(worlds, unpack(content), "b", "the label")
    assert worlds.get("b")["label"] == "the label"
    assert worlds.clock("b").now() == worlds.clock("a").now()
    assert worlds.settings("b").read() == worlds.settings("a").read()
    assert worlds.faults("b").all() == worlds.faults("a").all()
    assert worlds.jobs("b") == worlds.jobs("a")
    assert worlds.journal("b").read({}, after=0, limit=9) == []
    assert export(worlds, "b") == content
    assert ortto(worlds, "a").status == ortto(worlds, "b").status == 418


def test_calls_counted_for_a_key_count_for_that_of_the_new_world(worlds: Worlds) -> None:
    worlds.create("a", **SMALL, settings={"limits": True, "rates": {"voyado": {"calls": 2}}})
    worlds.clock("a").freeze()
    assert [voyado(worlds, "a").status for _ in range(2)] == [200, 200]
    create_world(worlds, unpack(export(worlds, "a")), "b")
    assert voyado(worlds, "b").status == voyado(worlds, "a").status == 429


def test_no_credential_of_the_world_is_in_the_file(worlds: Worlds) -> None:
    worlds.create("a", **SMALL, settings={"limits": True})
    minted = worlds.credentials("a").mint("digitalaudience")
    key = worlds.credentials("a").mint("ortto")
    own = worlds.get("a")["credentials"]["digitalaudience"]
    for user, password in (
        (own["userName"], own["password"]),
        (minted["fields"]["userName"], minted["fields"]["password"]),
    ):
        reply = login(worlds, "a", user, password)
        assert reply.status == 200
        assert MARK in reply.headers["Set-Cookie"]
    assert ortto(worlds, "a").status == 200
    assert send(worlds, "ortto", "a", "POST", "/v1/audiences/get", {}, x_api_key=key["value"]).status == 200
    assert voyado(worlds, "a").status == 200
    secret = worlds.get("a")["secret"]
    content = text(export(worlds, "a"))
    assert "{{credential:voyado.apikey}}" in content
    assert "{{credential:gone}}" in content, "the password of the minted user"
    found = [start.split('"')[0] for start in content.split(MARK)[1:]]
    assert found
    assert all(one.endswith("@mockserver.test") for one in found), "user names are no secrets"
    assert secret not in content
    assert key["value"] not in content


def test_a_text_like_a_reference_stays_as_it_is(worlds: Worlds) -> None:
    worlds.create("a", **SMALL)
    ortto(worlds, "a")
    create_world(worlds, unpack(export(worlds, "a")), "b")
    people = [
        row.body for kind, row in worlds.store.documents("w/b") if b"{{credential:x}}" in (row.body or b"")
    ]
    assert people
    assert b"{{credential:}}" not in b"".join(row.body or b"" for _kind, row in worlds.store.documents("w/b"))


def test_reset_and_fork_return_to_the_imported_start(worlds: Worlds) -> None:
    worlds.create("a", **SMALL)
    ortto(worlds, "a")
    content = export(worlds, "a")
    create_world(worlds, unpack(content), "b")
    ortto(worlds, "b")
    worlds.fork("b", "c")
    for name in ("b", "c"):
        assert export(worlds, name) != content
        worlds.reset(name)
        assert export(worlds, name) == content
    worlds.delete("b")
    assert list(worlds.store.documents("i/b")) == []


def test_a_snapshot_of_another_start_is_restored_and_an_own_one_after_it(worlds: Worlds) -> None:
    worlds.create("a", **SMALL)
    ortto(worlds, "a")
    content = export(worlds, "a")
    worlds.create("b", people=7, seed=9)
    own = export(worlds, "b")
    import_snapshot(worlds, "b", "from-a", unpack(content))
    credentials = worlds.get("b")["credentials"]
    assert worlds.get("b")["people"] == 7, "before it is restored"
    worlds.restore("b", "from-a")
    assert (worlds.get("b")["people"], worlds.get("b")["seed"]) == (5, 3)
    assert worlds.get("b")["credentials"] == credentials
    assert export_snapshot(worlds, "b", "from-a") == export(worlds, "b") == content
    assert ortto(worlds, "b").status == 200
    worlds.create("c", people=7, seed=9)
    import_snapshot(worlds, "b", "own", unpack(own))
    worlds.restore("b", "own")
    assert export(worlds, "b") == own


def test_seed_data_of_a_snapshot_is_not_collected(worlds: Worlds) -> None:
    worlds.create("a", **SMALL)
    import_snapshot(worlds, "default", "x", unpack(export(worlds, "a")))
    worlds.delete("a")
    for row in list(worlds.store.space("").iterate(SEED_SPEC)):
        worlds.store.space("").put(SEED_SPEC, row._replace(rank=1))
    worlds.seed_data.collect_garbage(DAY)
    worlds.restore("default", "x")
    assert ortto(worlds, "default").status == 200


def refused(worlds: Worlds, state: WorldState) -> str:
    """The message of the refusal, after which nothing of the state is there."""
    before = [worlds.count(), worlds.snapshots("default"), list(worlds.store.documents("w/default"))]
    messages = set()
    for attempt in (
        lambda: create_world(worlds, state, "half"),
        lambda: import_snapshot(worlds, "default", "half", state),
    ):
        with pytest.raises(InvalidStateError) as error:
            attempt()
        messages.add(str(error.value))
    assert before == [worlds.count(), worlds.snapshots("default"), list(worlds.store.documents("w/default"))]
    assert list(worlds.store.documents("w/half")) == list(worlds.store.documents("s/default/half")) == []
    assert len(messages) == 1
    return messages.pop()


def with_manifest(state: WorldState, **members: Any) -> WorldState:
    return state._replace(manifest={**state.manifest, **members})


def test_a_state_that_does_not_fit_is_refused_as_a_whole(worlds: Worlds) -> None:
    worlds.create("a", **SMALL)
    ortto(worlds, "a")
    state = unpack(export(worlds, "a"))
    vendors = state.manifest["vendors"]
    other = vendors | {"ortto": vendors["ortto"] | {"seed_digest": "0" * 64}}
    assert "seed data of ortto (of release 0.1.0) differ from those made here; use that release" in refused(
        worlds, with_manifest(state, vendors=other)
    )
    unknown = [*state.documents, ("fanfare.consumer", Row("1", "", 0, b"{}"))]
    assert "documents of 'fanfare', which this server does not serve" in refused(
        worlds, state._replace(documents=unknown)
    )
    job = orjson.dumps({"vendor": "ortto", "job": "nonsense", "arguments": {}, "dated": False})
    jobs = [*state.documents, ("_job", Row("ortto-1", "", 0, job))]
    assert "unknown job 'nonsense' of ortto" in refused(worlds, state._replace(documents=jobs))
    fault = orjson.dumps({"kind": "nonsense", "id": "fault-1", "seen": 0, "spent": 0})
    faults = [*state.documents, ("_fault", Row("fault-1", "", 1, fault))]
    assert "nonsense" in refused(worlds, state._replace(documents=faults))
    assert "at /settings/jobs" in refused(worlds, with_manifest(state, settings={"jobs": "never"}))
    spec = state.manifest["seed_data"]
    assert "/locales" in refused(worlds, with_manifest(state, seed_data=spec | {"locales": {"xx": 1}}))
    assert "/vendors/ortto" in refused(
        worlds, with_manifest(state, seed_data=spec | {"vendors": {"ortto": {"x": 1}}})
    )


def test_vendors_without_documents_need_not_be_served(worlds: Worlds) -> None:
    worlds.create("a", **SMALL)
    ortto(worlds, "a")
    content = export(worlds, "a")
    app = create_app(people=5, vendors=("ortto",))
    create_world(app.context.worlds, unpack(content), "b")
    assert ortto(app.context.worlds, "b").status == 200
    app.close()


def test_a_name_that_is_taken_or_unknown_is_a_problem(worlds: Worlds) -> None:
    state = unpack(export(worlds, "default"))
    for name, problem in (("default", "world_exists"), ("Not a name", "call_does_not_fit")):
        with pytest.raises(Problem) as raised:
            create_world(worlds, state, name)
        assert raised.value.name == problem
    with pytest.raises(Problem) as raised:
        export_snapshot(worlds, "default", "nosuch")
    assert raised.value.name == "unknown_snapshot"


def test_a_thread_that_must_not_wait_leaves_it_to_another(worlds: Worlds) -> None:
    state = unpack(export(worlds, "default"))
    with worlds.store.no_waiting():
        with pytest.raises(WouldBlockError):
            export_snapshot(worlds, "default", "exported")
        with pytest.raises(WouldBlockError):
            create_world(worlds, state, "b")
