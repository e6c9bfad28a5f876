"""Replies that are sent again: when, with which parts of their own, and when not."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from werkzeug.test import Client

import mockserver.vendors
from mockserver.app import Application, create_app
from mockserver.call import Call
from mockserver.pipeline.reply_reuse import ReplyReuse
from mockserver.state.kept_replies import KeptReplies
from mockserver.state.world import World
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Row, Store
from mockserver.storage.urls import open_store

CONTACT: Final = {"firstName": "Ada", "email": "ada@example.com", "countryCode": "SE"}
VENDORS: Final = Path(mockserver.vendors.__file__).parent
UNWATCHED: Final = re.compile(
    r"\bcall\.(?:number|seed)\b|(?<![\w.])time\.(?:time|monotonic|perf_counter)(?:_ns)?\(|datetime\.(?:now|utcnow)\("
    r"|date\.today\(|uuid[14]\(|^(?:import|from) (?:random|secrets|os)\b",
    re.MULTILINE,
)


class Shop:
    """An application, its control API, and how many calls were answered by a kept reply."""

    def __init__(self, app: Application) -> None:
        self.app, self.client, self.reused = app, Client(app), 0
        self.more_headers: dict[str, str] = {}
        self.credentials = app.context.worlds.get("default")["credentials"]
        self.id = self.post("voyado", "/api/v3/contacts", CONTACT)["id"]

    def headers(self, vendor: str) -> dict[str, str]:
        own = self.credentials[vendor]
        if vendor == "fanfare":
            return {"Authorization": f"Bearer {own['secret_key']}"}
        usual = {"User-Agent": "tests", "Content-Type": "application/json"}
        return {"apikey": own["apikey"], **usual, **self.more_headers}

    def get(self, headers: Mapping[str, str] | None = None, status: int = 200) -> Any:
        """The contact."""
        sent = headers if headers is not None else self.headers("voyado")
        reply = self.client.get(f"/voyado/api/v3/contacts/{self.id}", headers=dict(sent))
        assert reply.status_code == status, reply.get_data()
        return reply

    def post(self, vendor: str, path: str, body: Any) -> Any:
        reply = self.client.post(f"/{vendor}{path}", json=body, headers=self.headers(vendor))
        assert reply.status_code < 300, reply.get_data()
        return reply.get_json()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        reply = self.client.open(f"/_mock/worlds/default{path}", method=method, json=body)
        assert reply.status_code < 300, reply.get_data()
        return reply.get_json()

    def journal(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "/journal")["exchanges"])

    def was_reused(self, act: Callable[[], object]) -> bool:
        before = self.reused
        act()
        return self.reused > before


def _watched(app: Application, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop, find = Shop(app), ReplyReuse.find

    def counted(reuse: ReplyReuse) -> Any:
        reply = find(reuse)
        shop.reused += reply is not None
        return reply

    monkeypatch.setattr(ReplyReuse, "find", counted)
    return shop


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    return _watched(create_app(people=3, vendors=("voyado", "ortto", "fanfare")), monkeypatch)


def test_the_same_read_gets_the_kept_reply(shop: Shop) -> None:
    first = shop.get()
    assert shop.was_reused(shop.get)
    again = shop.get()
    assert (again.data, list(again.headers)) == (first.data, list(first.headers))


def test_journal_entries_differ_in_id_number_and_time_only(shop: Shop) -> None:
    shop.get()
    assert shop.was_reused(shop.get)
    first, again = shop.journal()[-2:]
    own = ("id", "number", "at", "duration_us")
    assert all(first[name] != again[name] for name in own[:2])
    assert {**first, **dict.fromkeys(own)} == {**again, **dict.fromkeys(own)}


def test_request_ids_stay_their_own(shop: Shop) -> None:
    def get() -> Any:
        return shop.client.get("/fanfare/api/v1/audiences", headers=shop.headers("fanfare"))

    first = get()
    assert shop.was_reused(get)
    again = get()
    assert again.data == first.data
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert [name for name, _ in again.headers] == [name for name, _ in first.headers]


def test_headers_of_their_own_are_held_against_the_contract(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get() -> Any:
        return shop.client.get("/fanfare/api/v1/audiences", headers=shop.headers("fanfare"))

    get()
    assert shop.was_reused(get)
    hooks = shop.app.context.vendors["fanfare"].hooks
    monkeypatch.setattr(hooks, "response_headers", lambda call, world: {"X-Request-Id": "not one"})
    reply = get()
    assert (reply.status_code, reply.json["error"]) == (500, "broken_promise")


def test_kept_replies_count_in_rate_limits(shop: Shop) -> None:
    shop.control("PUT", "/settings", {"limits": True, "rates": {"voyado": {"calls": 3}}})
    shop.control("PUT", "/clock", {"frozen": True})
    for _ in range(3):
        shop.get()
    assert shop.reused == 2
    shop.get(status=429)


OTHER_FAULT: Final = {"kind": "status", "vendor": "ortto", "status": 500}
CHANGES: Final[Mapping[str, Callable[[Shop], object]]] = {
    "a write": lambda shop: shop.post("voyado", "/api/v3/contacts", {**CONTACT, "email": "b@example.com"}),
    "another vendor's write": lambda shop: shop.control(
        "POST", "/backstage/ortto/create_audience", {"name": "A", "filter": {"$and": []}}
    ),
    "a clock set": lambda shop: shop.control("PUT", "/clock", {"advance": 1}),
    "a setting": lambda shop: shop.control("PUT", "/settings", {"strictness": "strict"}),
    "a fault": lambda shop: shop.control("POST", "/faults", OTHER_FAULT),
    "a snapshot restored": lambda shop: [
        shop.control("POST", "/snapshots", {"name": "s"}),
        shop.control("POST", "/snapshots/s/restore"),
    ],
    "other headers": lambda shop: shop.more_headers.update({"Accept-Language": "sv"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_the_handler_answers(shop: Shop, change: str) -> None:
    shop.get()
    assert shop.was_reused(shop.get)
    CHANGES[change](shop)
    assert not shop.was_reused(shop.get)
    assert shop.was_reused(shop.get)


def pass_by(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """Lets real time pass, without a change to any world."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + seconds * 10**9)


def test_a_job_that_falls_due_by_itself_runs_before_the_reply(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.control("PUT", "/clock", {"now": "2026-01-05T09:00:00Z"})
    before = shop.get().json
    points = {"amount": 5, "definitionId": 1, "source": "a", "description": "b"}
    later = [{"contactId": shop.id, "validFrom": "2026-01-05T09:30:00Z", **points}]
    shop.post("voyado", "/api/v3/point-accounts/transactions", later)
    assert shop.get().json == before
    assert shop.was_reused(shop.get)
    pass_by(monkeypatch, 3_600)
    assert not shop.was_reused(shop.get)
    assert shop.get().json != before


def test_a_reply_is_kept_until_midnight(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.control("PUT", "/settings", {"jobs": "manual"})
    shop.control("PUT", "/clock", {"now": "2026-01-05T22:30:00Z"})
    shop.get()
    for seconds, is_kept in ((3_600, True), (3_600, False)):
        pass_by(monkeypatch, seconds)
        assert shop.was_reused(shop.get) is is_kept


def test_a_reply_with_a_remark_is_not_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = shop.app.context.vendors["voyado"]
    handler = vendor.handlers["get_contact"]

    def remark(call: Call, world: World) -> object:
        call.remarks.append("once more")
        return handler(call, world)

    monkeypatch.setitem(vendor.handlers, "get_contact", remark)
    for _ in range(2):
        assert not shop.was_reused(shop.get)
        assert shop.journal()[-1]["remarks"] == ["once more"]


def test_a_reply_that_has_the_address_of_the_server_is_of_that_address(shop: Shop) -> None:
    order = {
        "orderId": "1",
        "status": "InProgress",
        "currencyCode": "EUR",
        "createdAt": "2026-01-05T09:00:00Z",
    }
    job = shop.post("voyado", "/api/v3/orders", {**order, "lineItems": {"items": [], "subTotal": 0}})["jobId"]
    shop.control("PUT", "/clock", {"advance": 3_600})
    path, headers = f"/voyado/api/v3/orders/jobs/{job}", shop.headers("voyado")
    for scheme in ("http", "https"):  # no header says which

        def get(scheme: str = scheme) -> Any:
            return shop.client.get(path, base_url=f"{scheme}://localhost", headers=headers)

        assert get().headers["Location"] == f"{scheme}://localhost/voyado/api/v3/orders/1"
        assert shop.was_reused(get)


def test_a_reset_world_has_forgotten_the_contact(shop: Shop) -> None:
    shop.get()
    shop.control("POST", "/reset")
    shop.get(status=404)


def test_a_fork_starts_without_replies_and_a_new_world_does_too(shop: Shop) -> None:
    for _ in range(2):  # the second is another world of the same name
        made = shop.client.post("/_mock/worlds", json={"name": "fork", "from": "default"}).get_json()
        key = made["vendors"]["voyado"]["credentials"]["apikey"]

        def get(key: str = key) -> None:
            shop.client.get(
                f"/w/fork/voyado/api/v3/contacts/{shop.id}", headers={**shop.headers("voyado"), "apikey": key}
            )

        assert not shop.was_reused(get)
        assert shop.was_reused(get)
        assert shop.client.delete("/_mock/worlds/fork").status_code == 204
    assert "fork" not in shop.app.context.worlds._lookups._kept_replies


def test_a_revoked_credential_is_refused(shop: Shop) -> None:
    minted = shop.control("POST", "/credentials", {"vendor": "voyado", "kind": "apikey"})
    headers = {**shop.headers("voyado"), "apikey": minted["fields"]["apikey"]}
    shop.get(headers)
    assert shop.was_reused(lambda: shop.get(headers))
    shop.control("DELETE", f"/credentials/{minted['id']}")
    shop.get(headers, status=401)


def test_replies_that_depend_on_the_time_are_not_kept(shop: Shop) -> None:
    for path in ("/api/v3/contacts/count",):
        for _ in range(2):
            shop.client.get(f"/voyado{path}", headers=shop.headers("voyado"))
    assert shop.reused == 0


@pytest.mark.parametrize("change", [{"jobs": "immediate"}])
def test_worlds_whose_jobs_run_immediately_keep_nothing(shop: Shop, change: dict[str, Any]) -> None:
    shop.control("PUT", "/settings", change)
    shop.get()
    assert not shop.was_reused(shop.get)


def test_calls_under_a_fault_are_carried_out(shop: Shop) -> None:
    shop.get()
    latency = {"kind": "latency", "vendor": "voyado", "seconds": 0, "times": None}
    shop.control("POST", "/faults", latency)
    for _ in range(2):
        assert not shop.was_reused(shop.get)


def test_the_quota_holds_for_kept_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = _watched(create_app(people=0, vendors=("voyado",), max_world_bytes=10_000_000), monkeypatch)
    shop.get()
    assert shop.was_reused(shop.get)
    shop.app.context.worlds.quota._max_bytes = 1
    shop.app.context.worlds.quota._left.clear()
    shop.get(status=507)


def test_the_switch_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = _watched(create_app(people=0, vendors=("voyado",), kept_replies=False), monkeypatch)
    for _ in range(3):
        shop.get()
    assert shop.reused == 0


def test_shared_stores_keep_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(f"sqlite:///{tmp_path}/worlds.db")
    shop = _watched(create_app(people=0, vendors=("voyado",), store=store), monkeypatch)
    for _ in range(3):
        shop.get()
    assert shop.reused == 0
    shop.app.close()


def test_no_handler_reads_what_is_not_watched() -> None:
    """Replies may depend on the call and the world alone: whatever else is read is not noticed."""
    found = [
        (str(path.relative_to(VENDORS)), match[0])
        for path in VENDORS.rglob("*.py")
        for match in UNWATCHED.finditer(path.read_text())
    ]
    # A signed call is never the same twice, and its nonce is checked before anything is sent again.
    assert found == [("spotler/nonce_records.py", "time.time(")]
    assert UNWATCHED.search("import random\n")


@pytest.fixture
def store() -> Iterator[Store]:
    store = MemoryStore()
    yield store
    store.close()


def _fail(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        _put_and_fail(store)


def _put_and_fail(store: Store) -> None:
    store.space("w/1").put("a.b", Row("1", "", 0, b"2"))
    raise ZeroDivisionError


WRITES: Final[Mapping[str, Callable[[Store], object]]] = {
    "put": lambda store: store.space("w/1").put("a.b", Row("1", "", 0, b"2")),
    "delete": lambda store: store.space("w/1").delete("a.b", "1"),
    "bulk_insert": lambda store: store.space("w/1").bulk_insert("a.c", [Row("2", "", 0, b"2")]),
    "delete_space": lambda store: store.delete_space("w/1"),
    "copy": lambda store: store.copy("w/2", "w/1"),
    "roll back": _fail,
}


@pytest.mark.parametrize("write", WRITES)
def test_every_change_of_a_space_has_a_version(store: Store, write: str) -> None:
    store.space("w/1").put("a.b", Row("1", "", 0, b"1"))
    before, other = store.version("w/1"), store.version("w/2")
    WRITES[write](store)
    assert store.version("w/1") not in (before, None)
    if write != "delete_space":  # that of spaces without documents changes with any removal
        assert store.version("w/2") == other


def test_a_space_that_was_removed_and_made_again_has_another_version(store: Store) -> None:
    seen = {store.version("w/1")}
    for number in range(1, 5):
        store.space("w/1").put("a.b", Row("1", "", 0, b"1"))
        seen.add(store.version("w/1"))
        store.delete_space("w/1")
        seen.add(store.version("w/1"))
        assert len(seen) == 1 + 2 * number


def test_rate_limit_counters_change_no_version(store: Store) -> None:
    before = store.version("w/1")
    store.space("w/1").put("_limit", Row("1", "", 0, b"1"))
    assert store.version("w/1") == before


def test_kept_replies_are_bounded_by_number_the_oldest_go() -> None:
    kept = KeptReplies()
    for number in range(600):
        kept.keep((1,), number, number, 100)
    assert len(kept) == 500
    assert kept.find((1,), 99) is None
    assert kept.find((1,), 100) is not None


def test_kept_replies_are_bounded_by_bytes() -> None:
    kept = KeptReplies()
    for number in range(100):
        kept.keep((1,), number, number, 100_000)
    assert 1 < len(kept) * 100_000 <= 1024 * 1024
    kept.keep((1,), "large", "one", 300_000)
    assert kept.find((1,), "large") is None


def test_a_newer_reply_to_the_same_call_replaces_the_older() -> None:
    kept = KeptReplies()
    for number in range(30):
        kept.keep((1,), "a", number, 100_000)
    assert (kept.find((1,), "a"), len(kept)) == (29, 1)


def test_replies_of_another_state_are_dropped() -> None:
    kept = KeptReplies()
    kept.keep((1,), "a", "one", 1)
    assert kept.find((2,), "a") is None
    kept.keep((2,), "b", "other", 1)
    assert kept.find((1,), "a") is None
    assert len(kept) == 1
